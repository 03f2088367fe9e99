package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"retable/internal/sample"
)

// aDelivery writes a small sample delivery.
func aDelivery(t *testing.T, name string, number int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sample.Write(f, sample.Options{Seed: 1, Customers: 40}, number); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// speaking starts `retable mcp` as an editor or a chat program does. A client
// that leaves closes the program's input, which must end it.
func speaking(t *testing.T, env []string, args ...string) *sdk.ClientSession {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	cmd := exec.CommandContext(ctx, program(t), append([]string{"mcp"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	var said bytes.Buffer
	cmd.Stderr = &said
	s, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil).Connect(ctx, &sdk.CommandTransport{Command: cmd, TerminateDuration: time.Minute}, nil)
	if err != nil {
		cancel()
		t.Fatalf("%v: %s", err, said.String())
	}
	t.Cleanup(func() {
		defer cancel()
		if err := s.Close(); err != nil {
			t.Errorf("the program ends with %v: %s", err, said.String())
		}
		if said.Len() > 0 {
			t.Errorf("it says: %s", said.String())
		}
	})
	return s
}

// tool calls a tool and reads its result.
func tool(t *testing.T, s *sdk.ClientSession, name string, args map[string]any) map[string]any {
	t.Helper()
	r, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: name, Arguments: args})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if r.IsError {
		t.Fatalf("%s: %s", name, raw)
	}
	out, ok := r.StructuredContent.(map[string]any)
	if !ok {
		t.Fatalf("%s gives %s", name, raw)
	}
	return out
}

func TestAnotherProgramAsksABundle(t *testing.T) {
	t.Parallel()
	s := speaking(t, []string{"RET_RUNTIME_ROOT=" + t.TempDir()}, aDelivery(t, "delivery.zip", 1))
	if tables, _ := tool(t, s, "list_tables", nil)["tables"].([]any); len(tables) == 0 {
		t.Error("there are no tables")
	}
	answer := tool(t, s, "ask", map[string]any{"question": "How many customers?"})
	if answer["route"] != "computed" || !strings.Contains(answer["answer"].(string), "40") {
		t.Errorf("got %v", answer)
	}
}

func TestAnotherProgramComparesSessionsOfADataRoot(t *testing.T) {
	t.Parallel()
	env := []string{"RET_RUNTIME_ROOT=" + t.TempDir()}
	for i, name := range []string{"delivery-1.zip", "delivery-2.zip"} {
		cmd := exec.CommandContext(t.Context(), program(t), "sessions", "add", aDelivery(t, name, i+1))
		cmd.Env = append(os.Environ(), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	s := speaking(t, env)
	// Nobody works on jobs there: the program does, for as long as it must.
	var out map[string]any
	for out = map[string]any{}; out["state"] != "SUCCESS"; {
		out = tool(t, s, "compare", map[string]any{"earlier": "delivery-1.zip", "later": "delivery-2.zip", "wait_seconds": 50})
	}
	if out["changes"].(float64) == 0 {
		t.Errorf("got %v", out)
	}
	again := tool(t, s, "what_changed", map[string]any{"session": "delivery-2.zip"})
	if again["comparison"] != out["comparison"] {
		t.Errorf("got %v", again)
	}
}

func TestAnotherProgramsSignalEndsTheConversation(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no signals")
	}
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), program(t), "mcp")
	cmd.Env = append(os.Environ(), "RET_RUNTIME_ROOT="+t.TempDir())
	in, err := cmd.StdinPipe() // stays open
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
	const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}` + "\n"
	if _, err := in.Write([]byte(hello)); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // it has answered
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("it ends with %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("it doesn't end")
		_ = cmd.Process.Kill() // the test has failed already
		<-ended
	}
}
