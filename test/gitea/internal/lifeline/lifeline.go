// Package lifeline ties the life of a process to that of its parent.
//
// The parent keeps the write end of the child's standard input open and never
// writes. The kernel closes that end when the parent dies, even by SIGKILL, and
// the child reads the end of the file. Unlike PR_SET_PDEATHSIG this works on
// every Unix, and follows the parent's process and not one of its threads.
package lifeline

import (
	"io"
	"os"
)

// Hold ends the process as soon as r ends. What is read is thrown away.
//
// It ends at once rather than by a graceful stop: the owner is gone, nobody will
// read what a graceful stop would write, and the directory with the data may
// already be deleted. An owner that is alive sends SIGTERM instead.
func Hold(r io.Reader) {
	go func() {
		_, _ = io.Copy(io.Discard, r)
		os.Exit(1)
	}()
}
