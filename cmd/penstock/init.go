package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/environments"
)

func newInitCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var ci string
	cmd := &cobra.Command{
		Use:     "init [DIR]",
		Short:   "Write a repository to start from",
		GroupID: groupEngineer,
		Long: `Write the reference tree into a directory: environments/ with dev, staging and prod for three models of
different kinds. Change it to what you serve, commit it, and point an agent at it. A file that exists is never
overwritten.

With --ci it writes a pipeline that runs 'penstock check' for each pull request: beside the reference tree or, where there
are environments already, alone.`,
		Example: `  # Into a new repository
  git init models && penstock init models

  # Into the current directory
  penstock init

  # A pipeline for a repository that has environments
  penstock init --ci github`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			if ci != "" {
				p, err := writePipeline(dir, ci)
				if err != nil {
					return err
				}
				fmt.Fprintf(streams.Out, "wrote %s; next: %s\n", filepath.Join(dir, p.target), p.next)
				if _, err := os.Stat(filepath.Join(dir, "environments")); err == nil {
					return nil
				}
			}
			files, err := writeReference(dir)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(streams.Out, "wrote %d files below %s; next: 'penstock validate' there, then commit\n",
				files, filepath.Join(dir, "environments"))
			return err
		},
	}
	cmd.Flags().StringVar(&ci, "ci", "", "write a pipeline too: "+strings.Join(pipelineNames(), ", "))
	return cmd
}

// writeReference copies the reference tree. It looks for files in the way before it writes the first one.
func writeReference(dir string) (files int, err error) {
	var names []string
	err = fs.WalkDir(environments.Reference, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		names = append(names, name)
		target := filepath.Join(dir, "environments", filepath.FromSlash(name))
		if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s exists already; nothing was written, choose an empty directory", target)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		if err := copyReference(dir, name); err != nil {
			return 0, fmt.Errorf("writing the reference tree: %w", err)
		}
	}
	return len(names), nil
}

func copyReference(dir, name string) error {
	content, err := environments.Reference.ReadFile(name)
	if err != nil {
		return err
	}
	target := filepath.Join(dir, "environments", filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return os.WriteFile(target, content, 0o644)
}
