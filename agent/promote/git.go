package promote

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// git runs the user's git in a clone, so that their credentials, hooks and settings apply.
type git struct {
	dir    string
	errOut io.Writer // what git and its hooks have to say; may be nil
}

// elsewhere are variables by which git would work on another repository or index than the one that was opened.
var elsewhere = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX",
}

// run runs git and returns what it prints, without the newline at its end. More are variables.
func (g git) run(ctx context.Context, stdin io.Reader, more []string, args ...string) (string, error) {
	var out, complaint bytes.Buffer
	// Replaced objects would show other files than the ones that are looked at.
	cmd := exec.CommandContext(ctx, "git", append([]string{"--no-replace-objects", "-C", g.dir}, args...)...)
	cmd.Env = append(environment(), more...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &complaint
	if stdin == nil {
		cmd.Stdin = os.Stdin // to be asked for a password
	}
	if g.errOut != nil {
		cmd.Stderr = io.MultiWriter(&complaint, g.errOut)
	}
	if err := cmd.Run(); err != nil {
		said := oneLine(complaint.String(), 500)
		if said == "" || ctx.Err() != nil {
			said = err.Error()
		}
		return "", fmt.Errorf("git %s failed: %s", verb(args), said)
	}
	return strings.TrimRight(out.String(), "\n"), nil
}

// verb is what git was asked to do, without what may hold a secret.
func verb(args []string) string {
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "-c":
			i++
		case !strings.HasPrefix(args[i], "-"):
			return args[i]
		}
	}
	return ""
}

// environment is that of the process, without what leads elsewhere.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(elsewhere, name)
	})
}

// quiet is git of which nothing is shown unless it fails.
func (g git) quiet() git { return git{dir: g.dir} }

// config is a setting, or empty.
func (g git) config(ctx context.Context, args ...string) string {
	value, err := g.quiet().run(ctx, nil, nil, append([]string{"config", "--get"}, args...)...)
	if err != nil {
		return ""
	}
	return value
}
