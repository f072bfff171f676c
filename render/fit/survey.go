package fit

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Row is how a model fits on one product.
type Row struct {
	Product Product `json:"product"`
	// GPUs is the smallest number at which it fits; if it fits at none, at which it is tight; else the largest
	// that was tried.
	GPUs int32 `json:"gpus"`
	// Estimate is that of so many GPUs.
	Estimate Estimate `json:"estimate"`
	// Mismatches are what keeps the model from the product besides, as CheckProduct says.
	Mismatches []Mismatch `json:"mismatches,omitempty"`
}

// mostGPUs is how many GPUs a survey tries: those of one machine.
const mostGPUs = 8

// Survey estimates the model on every product of the catalogue, on 1, 2, 4 and 8 GPUs: by tensor parallelism, of
// the degrees that the heads allow, or else by layers. The parallelism of the setup does not matter. With slices it also has the MIG
// slices on which the model is not out of place: nothing links slices, so the model has to fit on one.
func Survey(model Model, setup Setup, withSlices bool) []Row {
	var rows []Row
	for _, product := range Products() {
		rows = append(rows, smallest(model, setup, product, sizes(model.Architecture, setup)))
		if !withSlices {
			continue
		}
		for _, slice := range product.Slices {
			if row := smallest(model, setup, slice, []int32{1}); row.Estimate.Verdict != DoesNotFit {
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// sizes are the numbers of GPUs that a survey tries.
func sizes(a *Architecture, s Setup) []int32 {
	if s.Layerwise {
		return []int32{1, 2, 4, mostGPUs}
	}
	return slices.DeleteFunc(TensorSizes(a), func(size int32) bool { return size > mostGPUs || size&(size-1) != 0 })
}

// smallest is the row of a product.
func smallest(model Model, setup Setup, product Product, sizes []int32) Row {
	var best Row
	for _, size := range sizes {
		setup := setup.over(size)
		row := Row{product, size, Of(model, setup, product), CheckProduct(model, setup, product)}
		if row.Estimate.Verdict == Fits || row.Estimate.Verdict == Unknown {
			return row
		}
		if best.Estimate.Verdict != Tight {
			best = row
		}
	}
	return best
}

// Table prints a survey: for each product the number of GPUs, the verdict, what is free for requests, at
// worst, and the largest context.
func Table(w io.Writer, model Model, setup Setup, rows []Row) error {
	size, _ := weights(model)
	fmt.Fprintf(w, "%s\n\n", heading(model, size, setup.context(model.Architecture)))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "GPU\tMEMORY\tGPUS\tVERDICT\tFREE KV\tLARGEST CONTEXT")
	for _, row := range rows {
		fmt.Fprintln(table, strings.Join(row.cells(), "\t"))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	if _, err := io.WriteString(w, footnotes(rows)); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	return nil
}

// cells are the row as the table prints it. ~ and * lead to footnotes.
func (r Row) cells() []string {
	inferred, verdict := "", string(r.Estimate.Verdict)
	if r.Product.Estimated {
		inferred = "~"
	}
	if len(r.Mismatches) > 0 {
		verdict += " *"
	}
	return []string{r.Product.Name, inferred + gib(r.Product.UsableBytes), fmt.Sprint(r.GPUs), verdict, freeKV(r.Estimate), tokens(r.Estimate.MaxContext)}
}

// heading says what the table is about.
func heading(m Model, size, context int64) string {
	text := m.Name
	if text == "" {
		text = "the model"
	}
	if m.Precision != "" {
		text += ", " + m.Precision
	}
	if size > 0 {
		text += ", " + gib(size) + " of weights"
	}
	if context > 0 {
		text += fmt.Sprintf(", context of %d tokens", context)
	}
	return text
}

// footnotes explain what the table cannot.
func footnotes(rows []Row) string {
	var notes strings.Builder
	if slices.ContainsFunc(rows, func(r Row) bool { return r.Product.Estimated }) {
		notes.WriteString("\n~ not seen on a node but inferred\n")
	}
	for _, row := range rows {
		for _, mismatch := range row.Mismatches {
			fmt.Fprintf(&notes, "\n* %s: %s\n", mismatch.Message, mismatch.Mend)
		}
	}
	if i := slices.IndexFunc(rows, func(r Row) bool { return r.Estimate.Verdict == Unknown }); i >= 0 {
		fmt.Fprintf(&notes, "\n%s\n", rows[i].Estimate.Summary())
	}
	return notes.String()
}

// freeKV prints what is free for requests, if they take any.
func freeKV(e Estimate) string {
	if e.KVPerToken == 0 {
		return "-"
	}
	return gib(e.FreeKV.Pessimistic)
}

// tokens prints a context length.
func tokens(n int32) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}
