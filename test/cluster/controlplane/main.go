// Command controlplane is etcd, kube-apiserver, kube-controller-manager,
// kube-scheduler and kubectl in one binary, as the tests and the demo run them.
//
// One binary links the Kubernetes code once instead of five times, which saves
// most of the disk and of the build. What it runs as is told by the name it is
// called by (a link named kube-apiserver) or else by its first argument:
//
//	controlplane kube-apiserver --etcd-servers=…
//
// A server ends when its standard input does: whoever starts one holds the
// other end of a pipe, and so no server outlives its owner, however that dies.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	_ "time/tzdata" // CronJobs name time zones; a bare machine has none

	"github.com/penstock-dev/penstock/test/cluster/internal/lifeline"
)

// A program is one of the commands linked into this binary.
type program struct {
	name   string
	server bool // ends with its standard input
	run    func() int
}

// programs are in the order in which a control plane starts.
var programs = []program{
	{name: "etcd", server: true, run: etcd},
	{name: "kube-apiserver", server: true, run: apiServer},
	{name: "kube-controller-manager", server: true, run: controllerManager},
	{name: "kube-scheduler", server: true, run: scheduler},
	{name: "kubectl", run: kubectl},
}

func main() {
	p, args, err := choose(os.Args)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	// Every program reads os.Args by itself, so it must see its own.
	os.Args = args
	if p.server {
		lifeline.Hold(os.Stdin)
	}
	os.Exit(p.run())
}

// choose finds the program that args name, and the arguments it is to see.
func choose(args []string) (program, []string, error) {
	if p, ok := find(filepath.Base(args[0])); ok {
		return p, args, nil
	}
	if len(args) > 1 {
		if p, ok := find(args[1]); ok {
			return p, args[1:], nil
		}
	}
	return program{}, nil, fmt.Errorf("controlplane: the first argument must be one of %s", names())
}

func find(name string) (program, bool) {
	i := slices.IndexFunc(programs, func(p program) bool { return p.name == name })
	if i < 0 {
		return program{}, false
	}
	return programs[i], true
}

func names() string {
	var all []string
	for _, p := range programs {
		all = append(all, p.name)
	}
	return strings.Join(all, ", ")
}
