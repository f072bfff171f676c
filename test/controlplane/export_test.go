package controlplane

// PIDs are the processes of a control plane, by name.
func PIDs(c *ControlPlane) map[string]int {
	pids := map[string]int{}
	for _, p := range c.all() {
		pids[p.name] = p.pid
	}
	return pids
}

// Await waits until the process of this name has ended.
func Await(c *ControlPlane, name string) { <-c.find(name).exited }
