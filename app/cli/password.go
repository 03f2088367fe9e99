package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// passwordFlags say where a password comes from: never from an argument, which
// other users of the machine can read and the shell writes down.
type passwordFlags struct {
	PasswordFile string `placeholder:"FILE" xor:"password" help:"File whose first line is the password; - is standard input."`
	Link         bool   `xor:"password" help:"Print a link by which they set it themselves, once."`
}

// maxPasswordFile bounds what is read of a file that may be the wrong one.
const maxPasswordFile = 4096

// read returns the password: from the file, or typed twice. With Link it is "".
func (p *passwordFlags) read(c *call, of string) (string, error) {
	switch {
	case p.Link:
		return "", nil
	case p.PasswordFile == "-":
		return firstLine(c.In)
	case p.PasswordFile != "":
		f, err := os.Open(p.PasswordFile)
		if err != nil {
			return "", err
		}
		defer f.Close()
		return firstLine(f)
	}
	in, ok := c.In.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return "", errors.New("there is no terminal to ask for the password: use --link to print a link by which they set it, or --password-file FILE")
	}
	return typed(c.Err, of, func() ([]byte, error) { return term.ReadPassword(int(in.Fd())) })
}

// firstLine reads a password from a file.
func firstLine(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxPasswordFile))
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	line = strings.TrimSuffix(line, "\r")
	if line == "" {
		return "", errors.New("the password file is empty: its first line is the password")
	}
	return line, nil
}

// typed asks for a password twice; read doesn't echo.
func typed(w io.Writer, of string, read func() ([]byte, error)) (string, error) {
	var both [2]string
	for i, ask := range []string{"Password of " + of + ": ", "Once more: "} {
		fmt.Fprint(w, ask)
		b, err := read()
		fmt.Fprintln(w)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		both[i] = string(b)
	}
	switch {
	case both[0] == "":
		return "", errors.New("no password was typed")
	case both[0] != both[1]:
		return "", errors.New("the two passwords differ: try again")
	}
	return both[0], nil
}
