package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
)

// writeBelow writes a file below a directory, and never outside of it, wherever symbolic links of a branch that is checked
// out may lead.
func writeBelow(dir, name string, data []byte) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	if info, err := root.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is there and is no regular file; delete it", name)
	}
	return root.WriteFile(name, data, 0o644)
}

// gitCommand runs the user's git in the current directory, so that their hooks and settings apply.
type gitCommand struct {
	ctx    context.Context
	errOut io.Writer
}

// config is a setting, or empty.
func (g gitCommand) config(args ...string) string {
	out, err := exec.CommandContext(g.ctx, "git", append([]string{"config", "--get"}, args...)...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// commit commits one file and nothing else, whatever is staged.
func (g gitCommand) commit(file, subject, body string) error {
	for _, args := range [][]string{
		{"add", "--", file},
		{"commit", "--quiet", "--only", "-m", subject, "-m", body, "--", file},
	} {
		cmd := exec.CommandContext(g.ctx, "git", append([]string{"--literal-pathspecs"}, args...)...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, g.errOut, g.errOut
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("git %s failed (%w): %s is written and not committed; commit it yourself", args[0], err, file)
		}
	}
	return nil
}
