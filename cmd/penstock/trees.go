package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/agent/gate"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
)

// layoutFlags are the flags that say where things are in the repository.
type layoutFlags struct{ gate.Layout }

func (l *layoutFlags) add(cmd *cobra.Command) {
	standard := gate.Layout{}.WithDefaults()
	addPathFlag(cmd, &l.Environments)
	cmd.Flags().StringVar(&l.Policies, "policies", standard.Policies, "directory of the policies, below the current one")
	cmd.Flags().StringVar(&l.Trust, "trust", standard.Trust, "directory of the trusted keys, below the current one")
}

// directories are those that a check reads.
func (l *layoutFlags) directories() []string { return []string{l.Environments, l.Policies, l.Trust} }

// openTrees finds what is to be compared in the clone that contains the current directory: what is to be merged, what it is to be
// merged into, and where the two parted. The caller closes the clone.
func openTrees(base string, committed bool, directories []string) (*source.Clone, check.Trees, error) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // the process lives for a second or two, a quarter of which went into collecting
	}
	clone, err := source.OpenClone(".")
	if err != nil {
		return nil, check.Trees{}, err
	}
	trees, err := treesOf(clone, base, committed, directories)
	if err != nil {
		clone.Close()
	}
	return clone, trees, err
}

func treesOf(clone *source.Clone, base string, committed bool, directories []string) (check.Trees, error) {
	trees := check.Trees{History: clone.History(), At: clone.Resolve}
	if prefix := clone.Prefix(); prefix != "" {
		return trees, fmt.Errorf("this is %s of the repository; run it at its top", prefix)
	}
	var err error
	if trees.Records, err = recordsOf(clone); err != nil {
		return trees, err
	}
	if trees.HeadCommit, err = clone.Resolve("HEAD"); err != nil {
		return trees, err
	}
	trees.Head = trees.HeadCommit
	if !committed && clone.Root() != "" {
		if err := useWorkTree(clone, &trees, directories); err != nil {
			return trees, err
		}
	}
	if base == "" {
		if base, err = clone.DefaultBase(os.Getenv, directories...); err != nil || base == "" { // nothing was there before
			return trees, err
		}
	}
	if trees.Base, err = clone.Resolve(base); err != nil {
		return trees, err
	}
	trees.Fork, err = clone.MergeBase(trees.Base, trees.HeadCommit)
	return trees, err
}

// recordsOf are the tips of the branches with records that a clone has, by environment.
func recordsOf(clone *source.Clone) (map[string]string, error) {
	prefix := records.Branch("")
	branches, err := clone.Branches(prefix)
	tips := make(map[string]string, len(branches))
	for name, tip := range branches {
		tips[strings.TrimPrefix(name, prefix)] = tip
	}
	return tips, err
}

// useWorkTree has the work tree judged when it differs from the commit.
func useWorkTree(clone *source.Clone, trees *check.Trees, directories []string) error {
	work, err := clone.WorkTree()
	if err != nil {
		return err
	}
	if trees.Uncommitted, err = work.Dirty(directories...); err != nil {
		return err
	}
	if len(trees.Uncommitted) > 0 {
		trees.Head = work
	}
	return nil
}
