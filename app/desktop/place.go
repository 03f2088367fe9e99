package desktop

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"retable/internal/obs"
)

// place is where a window stands and how large it is, in pixels.
type place struct {
	X         int  `json:"x"`
	Y         int  `json:"y"`
	Width     int  `json:"width"`
	Height    int  `json:"height"`
	Maximised bool `json:"maximised"`
	// Language is the page's; "" is the desktop's.
	Language string `json:"language,omitempty"`
}

// The sizes of a window.
const (
	usualWidth, usualHeight = 1280, 820
	leastWidth, leastHeight = 720, 480
	mostPixels              = 16_384
	// What a desktop puts around a window: its frame, a panel.
	frameWidth, frameHeight = 8, 56
)

// placeFile is where it is kept; "" where there is no data root.
func placeFile(root string) string {
	if root == "" {
		return ""
	}
	return filepath.Join(root, "window.json")
}

// keptPlace reads where the window stood last; what isn't there or makes no
// sense is the usual place. positioned: it had a position.
func keptPlace(file string) (p place, positioned bool) {
	usual := place{Width: usualWidth, Height: usualHeight}
	raw, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(raw, &p) != nil {
		return usual, false
	}
	if p.Width < leastWidth || p.Width > mostPixels || p.Height < leastHeight || p.Height > mostPixels {
		p.Width, p.Height = usualWidth, usualHeight
	}
	positioned = (p.X != 0 || p.Y != 0) && p.X > -mostPixels && p.X < mostPixels && p.Y > -mostPixels && p.Y < mostPixels
	return p, positioned
}

// standing is where the window was last seen to stand.
type standing struct {
	mu   sync.Mutex // of the place's file, too
	last place
}

// follow remembers where the window stands, now and then as long as it is open:
// one that is killed closes nothing.
func (a *App) follow(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-a.base.Done():
			return
		case <-tick.C:
		}
		a.leaving.mu.Lock()
		if !a.leaving.gone { // it doesn't answer any more
			a.remember(false)
		}
		a.leaving.mu.Unlock()
	}
}

// followEvery is how much of moving about a kill may lose.
const followEvery = 2 * time.Second

// remember writes down where the window stands, if it has moved or anyway.
func (a *App) remember(anyway bool) {
	p := a.win.place()
	a.standing.mu.Lock()
	defer a.standing.mu.Unlock()
	if p == a.standing.last && !anyway {
		return
	}
	a.standing.last = p
	if err := keepPlace(placeFile(a.root()), p); err != nil {
		a.log.Warn("where the window stands could not be kept", obs.Err(err))
	}
}

// keepPlace writes it down. A maximised window keeps the size that it will
// have when it isn't any more; one that fills the screen has no place.
func keepPlace(file string, p place) error {
	if p.Width == 0 {
		return nil
	}
	before, _ := keptPlace(file)
	p.Language = before.Language
	if p.Maximised {
		before.Maximised = true
		p = before
	}
	return writePlace(file, p)
}

// keepLanguage writes down the page's language beside where the window stood.
func keepLanguage(file, language string) error {
	p, _ := keptPlace(file)
	p.Language = language
	return writePlace(file, p)
}

func writePlace(file string, p place) error {
	if file == "" {
		return nil
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".window-*.part")
	if errors.Is(err, fs.ErrNotExist) {
		return nil // no data root, nothing to remember
	}
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// fitted is the place with a size that a screen can show, its frame included.
func (p place) fitted(width, height int) place {
	p.Width = max(leastWidth, min(p.Width, width-frameWidth))
	p.Height = max(leastHeight, min(p.Height, height-frameHeight))
	return p
}

// onScreen reports whether enough of a window shows to be grasped, on screens
// that together are so large.
func (p place) onScreen(width, height int) bool {
	const grip = 80
	return p.X+p.Width >= grip && p.X <= width-grip && p.Y >= 0 && p.Y <= height-grip
}
