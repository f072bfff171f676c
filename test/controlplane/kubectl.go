package controlplane

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Kubectl runs kubectl as the administrator and returns what it prints. The
// error has what it prints to standard error.
func (c *ControlPlane) Kubectl(ctx context.Context, stdin io.Reader, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, c.binaries.ControlPlane, args...)
	cmd.Args[0] = "kubectl"
	cmd.Dir = c.dir.Path
	// Its own home, so that the user's settings and caches stay out of it.
	cmd.Env = append(os.Environ(), "HOME="+c.dir.Path, "KUBECONFIG="+c.KubeconfigPath(), "KUBERC=off")
	cmd.Stdin = stdin
	cmd.WaitDelay = time.Second // stdin may be a reader that never ends
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}
