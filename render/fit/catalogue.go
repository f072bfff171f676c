package fit

import (
	"cmp"
	_ "embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"
)

//go:embed products.yaml
var productsYAML []byte

//go:embed models.yaml
var modelsYAML []byte

// catalogues is what is embedded, read.
type catalogues struct {
	products []Product
	models   map[string]ModelFacts
	sources  []string
}

// catalogue reads the embedded files, once. They are part of the program, so one that cannot be read is a
// mistake in the program, which its tests find.
var catalogue = sync.OnceValue(func() catalogues {
	products, err := readProducts(productsYAML)
	if err != nil {
		panic(fmt.Sprintf("read the embedded products.yaml: %v", err))
	}
	models, sources, err := readModels(modelsYAML)
	if err != nil {
		panic(fmt.Sprintf("read the embedded models.yaml: %v", err))
	}
	return catalogues{products: products, models: models, sources: sources}
})

// productEntry is a GPU in products.yaml, and a slice of one.
type productEntry struct {
	Name      string         `json:"name"`
	Family    string         `json:"family"`
	MemoryMiB int64          `json:"memoryMiB"`
	UsableGiB float64        `json:"usableGiB"`
	Estimated bool           `json:"estimated"`
	Source    string         `json:"source"`
	Profile   string         `json:"profile"`
	Count     int32          `json:"count"`
	Slices    []productEntry `json:"slices"`
}

// readProducts reads products.yaml.
func readProducts(data []byte) ([]Product, error) {
	var file struct {
		Products []productEntry `json:"products"`
	}
	if err := yaml.UnmarshalStrict(data, &file); err != nil {
		return nil, err
	}
	products := make([]Product, len(file.Products))
	for i, entry := range file.Products {
		if entry.Name == "" || entry.MemoryMiB <= 0 || entry.Source == "" {
			return nil, fmt.Errorf("product %d (%s) lacks a name, its memory or a source", i, entry.Name)
		}
		products[i] = entry.product()
	}
	slices.SortStableFunc(products, func(a, b Product) int { return cmp.Compare(b.MemoryMiB, a.MemoryMiB) })
	return products, nil
}

// product is the entry as a product.
func (e productEntry) product() Product {
	p := Product{Name: e.Name, Family: e.Family, MemoryMiB: e.MemoryMiB, UsableBytes: usable(e.MemoryMiB), Estimated: e.Estimated, Source: e.Source}
	if e.UsableGiB > 0 {
		p.UsableBytes = gibs(e.UsableGiB)
	}
	for _, slice := range e.Slices {
		p.Slices = append(p.Slices, Product{
			Name: e.Name + "-MIG-" + slice.Profile, Family: e.Family, Profile: slice.Profile, Count: slice.Count, Source: e.Source,
			MemoryMiB: slice.MemoryMiB, UsableBytes: times(slice.MemoryMiB, mebibyte), Estimated: slice.Estimated,
		})
	}
	return p
}

// ModelFacts is what the catalogue knows of a well-known checkpoint.
type ModelFacts struct {
	// Model is what the estimate needs; its Precision and WeightBytes are those of the checkpoint.
	Model
	// License is the SPDX identifier of the licence, or the name that the publisher gave it; empty if the
	// catalogue does not know.
	License string `json:"license,omitempty"`
	// Basis says where the figures are from.
	Basis string `json:"basis"`
}

// In returns the model in another precision than its checkpoint's, without the weights that were measured of
// it. The same or an empty precision changes nothing.
func (f ModelFacts) In(precision string) Model {
	m := f.Model
	if precision != "" && precision != m.Precision {
		m.Precision, m.WeightBytes = precision, 0
	}
	return m
}

// modelEntry is a model in models.yaml.
type modelEntry struct {
	Name         string            `json:"name"`
	Parameters   int64             `json:"parameters"`
	Precision    string            `json:"precision"`
	License      string            `json:"license"`
	Basis        string            `json:"basis"`
	Architecture Architecture      `json:"architecture"`
	Checkpoints  []checkpointEntry `json:"checkpoints"`
}

// checkpointEntry is one repository of a model, and how it differs from what is said of the model.
type checkpointEntry struct {
	ID            string  `json:"id"`
	Precision     string  `json:"precision"`
	WeightsGiB    float64 `json:"weightsGiB"`
	ContextLength int32   `json:"contextLength"`
	License       string  `json:"license"`
}

// readModels reads models.yaml: the facts by repository, in lower case, and the repositories as written.
func readModels(data []byte) (map[string]ModelFacts, []string, error) {
	var file struct {
		Models []modelEntry `json:"models"`
	}
	if err := yaml.UnmarshalStrict(data, &file); err != nil {
		return nil, nil, err
	}
	models, sources := map[string]ModelFacts{}, []string{}
	for i, entry := range file.Models {
		if entry.Name == "" || entry.Parameters <= 0 || entry.Basis == "" || len(entry.Checkpoints) == 0 {
			return nil, nil, fmt.Errorf("model %d (%s) lacks a name, parameters, basis or checkpoints", i, entry.Name)
		}
		for _, checkpoint := range entry.Checkpoints {
			id := strings.ToLower(checkpoint.ID)
			if _, taken := models[id]; taken || id == "" {
				return nil, nil, fmt.Errorf("model %s: checkpoint %q is there twice or has no id", entry.Name, checkpoint.ID)
			}
			models[id] = entry.facts(checkpoint)
			sources = append(sources, "hf://"+checkpoint.ID)
		}
	}
	return models, sources, nil
}

// facts is what is known of a checkpoint of the model.
func (e modelEntry) facts(c checkpointEntry) ModelFacts {
	architecture := e.Architecture
	if c.ContextLength > 0 {
		architecture.ContextLength = c.ContextLength
	}
	return ModelFacts{
		Model: Model{
			Name: path.Base(c.ID), Parameters: e.Parameters, WeightBytes: gibs(c.WeightsGiB),
			Precision: cmp.Or(c.Precision, e.Precision), Architecture: &architecture,
		},
		License: cmp.Or(c.License, e.License), Basis: e.Basis,
	}
}

// Lookup returns what the catalogue knows of a model by its source, hf://owner/name or owner/name, in upper or
// lower case. What it returns may be changed by the caller.
func Lookup(source string) (ModelFacts, bool) {
	facts, found := catalogue().models[strings.ToLower(strings.TrimPrefix(source, "hf://"))]
	if found {
		facts.Architecture = facts.Architecture.clone()
	}
	return facts, found
}

// clone copies the architecture.
func (a *Architecture) clone() *Architecture {
	copied := *a
	if a.MLA != nil {
		mla := *a.MLA
		copied.MLA = &mla
	}
	return &copied
}
