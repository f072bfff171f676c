package fit

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
)

// Line is one step of the arithmetic.
type Line struct {
	// What is computed.
	What string `json:"what"`
	// How it is computed, with the numbers.
	How string `json:"how"`
	// Result is what comes out, with its unit.
	Result string `json:"result"`
}

// WriteArithmetic prints the steps of an estimate, aligned, and its verdict below them.
func WriteArithmetic(w io.Writer, e Estimate) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, line := range e.Lines {
		fmt.Fprintf(table, "%s\t%s\t= %s\n", line.What, line.How, line.Result)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the arithmetic: %w", err)
	}
	for _, note := range e.Notes {
		if _, err := fmt.Fprintf(w, "note: %s\n", note); err != nil {
			return fmt.Errorf("print the arithmetic: %w", err)
		}
	}
	if _, err := fmt.Fprintf(w, "%s\n", e.Summary()); err != nil {
		return fmt.Errorf("print the arithmetic: %w", err)
	}
	return nil
}

// gib prints bytes as GiB.
func gib(n int64) string {
	if n == math.MaxInt64 {
		return "more than any GPU has"
	}
	return fmt.Sprintf("%.2f GiB", float64(n)/gibibyte)
}

// between prints a range, the pessimistic figure first.
func between(r Range) string {
	if gib(r.Optimistic) == gib(r.Pessimistic) {
		return gib(r.Pessimistic)
	}
	return fmt.Sprintf("%s (%s at best)", gib(r.Pessimistic), gib(r.Optimistic))
}

// count prints a number of parameters.
func count(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.2fB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1fM", float64(n)/1e6)
	}
	return fmt.Sprint(n)
}

// gpus prints how many GPUs share a copy of the weights.
func gpus(s Setup) string {
	if s.Pipeline == 1 {
		return fmt.Sprintf("tensor %d", s.Tensor)
	}
	return fmt.Sprintf("(tensor %d × pipeline %d)", s.Tensor, s.Pipeline)
}
