package bench

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
)

// hold takes so many megabytes, says so, and keeps them until its input ends.
func hold(megabytes string) int {
	n, err := strconv.Atoi(megabytes)
	if err != nil {
		return 2
	}
	held := touched(n)
	fmt.Println("held")
	_, _ = os.Stdin.Read(make([]byte, 1)) // EOF is what it waits for
	runtime.KeepAlive(held)
	return 0
}

func touched(megabytes int) []byte {
	b := make([]byte, megabytes<<20)
	for i := 0; i < len(b); i += 4096 {
		b[i] = 1
	}
	return b
}

// TestMemoryIsTheChildsOwn: what the measuring process holds isn't counted,
// what the child and the child's child hold is.
func TestMemoryIsTheChildsOwn(t *testing.T) {
	ballast := touched(400)
	for name, argv := range map[string][]string{
		"a program":             {os.Args[0], "hold", "64"},
		"a program in a script": {"/bin/sh", "-c", `"$0" hold 64; exit $?`, os.Args[0]},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), argv[0], argv[1:]...)
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			stop := watchMemory(cmd.Process.Pid)
			if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			again := watchMemory(cmd.Process.Pid) // its first look is after the memory was taken
			resident, own := again()
			stop()
			if err := in.Close(); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Fatal(err)
			}
			if own < 64<<20 || own > 200<<20 || resident < own || resident > 350<<20 {
				t.Errorf("of 64 MB %d are its own, %d resident", own>>20, resident>>20)
			}
		})
	}
	runtime.KeepAlive(ballast)
}
