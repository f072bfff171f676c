package controlplane

import "fmt"

// doing wraps an error with what was being done, and keeps nil nil.
func doing(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("control plane: %s: %w", what, err)
}
