package controlplane

import (
	"errors"
	"slices"
)

// Stop ends all processes, in the reverse of the order in which they were
// started, waits until they are gone, and removes the temporary directory. It
// may be called more than once. Its error tells of processes that had died
// by themselves before.
func (c *ControlPlane) Stop() error {
	c.detach()
	return c.stop()
}

// stopAll is what Stop does the first time.
func (c *ControlPlane) stopAll() error {
	c.mu.Lock()
	c.stopped = true // and nothing can be started from here on
	processes := slices.Clone(c.processes)
	c.mu.Unlock()

	var errs []error
	slices.Reverse(processes)
	for _, p := range processes {
		errs = append(errs, p.stop())
	}
	return errors.Join(append(errs, doing("removing the temporary directory", c.dir.Remove()))...)
}
