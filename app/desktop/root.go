package desktop

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"retable/app/rest"
	"retable/internal/config"
	"retable/internal/obs"
	"retable/internal/retable"
)

// UseRoot takes another folder for the data: it is written to the settings'
// file, and the window opens again with it. What lies in the folder before
// stays there, and is there again when the person goes back.
func (a *App) UseRoot(dir string) error {
	if err := a.useRoot(dir); err != nil {
		ctx, _ := obs.Correlate(a.base, "")
		return &refused{rest.Refusal(ctx, err), err}
	}
	a.again.Store(true)
	a.win.quit() // asks, if jobs are under way
	return nil
}

func (a *App) useRoot(dir string) error {
	if !filepath.IsAbs(dir) {
		return &retable.Error{Code: retable.Invalid, Detail: "Name the folder by its whole path."}
	}
	dir = filepath.Clean(dir)
	if slices.ContainsFunc(a.cfg.Load().Fields(), func(f config.Field) bool { return f.Name == "runtime_root" && f.Origin == config.FromEnv }) {
		return &retable.Error{Code: retable.Conflict, Reason: "root_is_set", Detail: "RET_RUNTIME_ROOT says where the data is; as long as it is set, no other folder can be chosen here."}
	}
	file, err := a.settingsFile()
	if err != nil {
		return &retable.Error{Code: retable.Unavailable, Detail: "There is no folder for settings on this machine: set RET_RUNTIME_ROOT.", Err: err}
	}
	if err := writable(dir); err != nil {
		return &retable.Error{Code: retable.Unavailable, Detail: fmt.Sprintf("%s can't hold the data: %v. Choose another folder.", dir, bare(err)), Err: err}
	}
	if err := keepRoot(file, dir); err != nil {
		return &retable.Error{Code: retable.Unavailable, Detail: fmt.Sprintf("%s can't be written: %v. The data stays where it is.", file, bare(err)), Err: err}
	}
	if _, err := os.Stat(placeFile(dir)); errors.Is(err, fs.ErrNotExist) {
		if err := keepLanguage(placeFile(dir), a.speech.words().language); err != nil {
			a.log.Warn("the window's language could not be kept", obs.Err(err))
		}
	}
	return nil
}

// settingsFile is the file of settings that is read, or would be.
func (a *App) settingsFile() (string, error) {
	if file := a.cfg.Load().File; file != "" {
		return file, nil
	}
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "retable", "config.toml"), err
}

// writable makes a folder and tries whether files can be made in it.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".retable-*.part")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// keepRoot sets runtime_root in the settings' file, and leaves the rest of it.
func keepRoot(file, dir string) error {
	before, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	after, err := withRoot(before, dir)
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o600) // there may be secrets in it
	if info, err := os.Stat(file); err == nil {
		mode = info.Mode().Perm()
	}
	return write(file, bytes.NewReader(after), -1, mode)
}

// withRoot replaces the line of the data root, or puts one on top: below a
// heading it would belong to that.
func withRoot(text []byte, dir string) ([]byte, error) {
	line, err := toml.Marshal(map[string]string{"runtime_root": dir})
	if err != nil {
		return nil, err
	}
	own := regexp.MustCompile(`^\s*runtime_root\s*=`)
	var out bytes.Buffer
	done, top := false, true
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if strings.HasPrefix(strings.TrimSpace(lines.Text()), "[") {
			top = false
		}
		if top && own.Match(lines.Bytes()) {
			if !done {
				out.Write(line)
			}
			done = true
			continue
		}
		out.Write(lines.Bytes())
		out.WriteByte('\n')
	}
	if done {
		return out.Bytes(), lines.Err()
	}
	return append(line, out.Bytes()...), lines.Err()
}
