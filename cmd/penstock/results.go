package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/penstock-dev/penstock/policies/evaluation"
)

const (
	// maxResult is the size of a file with the result of an evaluation.
	maxResult = 1 << 20
	// maxMessage is what a kubelet takes of a container's termination message.
	maxMessage = 4096
	// maxResultFiles bounds the search for the result.
	maxResultFiles = 10_000
)

// newResultsCommand makes what runs in the pods of evaluations that leave a file. People have no use for it.
func newResultsCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var metrics []string
	var to string
	cmd := &cobra.Command{
		Use:     "results FILE",
		Short:   "Hand on the result of an evaluation",
		Hidden:  true,
		GroupID: groupOther,
		Long: `Take from the result of an evaluation what was asked for, and leave it as this container's termination
message, where the agent reads it. What is wrong with the result is told in the same way: to try again would
give the same.`,
		Example: `  # What the pod of an evaluation runs
  penstock results /penstock/result.json --metric mmlu/acc`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			message := resultMessage(args[0], metrics)
			if err := os.WriteFile(to, message, 0o644); err != nil {
				return fmt.Errorf("leaving the result for the agent: %w", err)
			}
			_, err := fmt.Fprintf(streams.Out, "%s\n", message)
			return err
		},
	}
	cmd.Flags().StringArrayVar(&metrics, "metric", nil, "metric that is asked for; may be repeated")
	cmd.Flags().StringVar(&to, "to", "/dev/termination-log", "file to leave it in")
	return cmd
}

// resultMessage is what is handed on: the result, or why there is none.
func resultMessage(file string, metrics []string) []byte {
	found, err := findResult(file)
	if err != nil {
		return evaluation.Complain(maxMessage, err.Error())
	}
	data, err := readResult(found)
	if err != nil {
		return evaluation.Complain(maxMessage, err.Error())
	}
	return evaluation.Condense(filepath.Base(found), data, metrics, maxMessage)
}

// findResult is the file itself or, since some tools choose the names of their files, the only JSON below its directory.
func findResult(file string) (string, error) {
	info, err := os.Lstat(file)
	switch {
	case err == nil && info.Mode().IsRegular():
		return file, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("the result cannot be found: %w", err)
	}
	found, err := jsonFiles(filepath.Dir(file))
	switch {
	case err != nil:
		return "", fmt.Errorf("the result cannot be found: %w", err)
	case len(found) == 0:
		return "", errors.New("the evaluation ended well and left no result; have it write JSON to the file that PENSTOCK_RESULT names")
	case len(found) > 1:
		return "", fmt.Errorf("the evaluation left %d files, such as %s and %s; have it write one, which PENSTOCK_RESULT names", len(found), filepath.Base(found[0]), filepath.Base(found[1]))
	}
	return found[0], nil
}

// jsonFiles are those in a directory and below it.
func jsonFiles(dir string) (found []string, err error) {
	seen := 0
	err = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if seen++; seen > maxResultFiles {
			return errors.New("there are too many files")
		}
		if entry.Type().IsRegular() && strings.HasSuffix(name, ".json") {
			found = append(found, name)
		}
		return nil
	})
	return found, err
}

// readResult reads a file that is not too large; one that grows meanwhile is not read to its end.
func readResult(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("the result cannot be read: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxResult+1))
	if err != nil {
		return nil, fmt.Errorf("the result cannot be read: %w", err)
	}
	if len(data) > maxResult {
		return nil, fmt.Errorf("the result is larger than 1 MiB; leave out samples and prompts, of which nothing is read")
	}
	return data, nil
}
