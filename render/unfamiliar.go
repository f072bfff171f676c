package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/spelling"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render/fit"
)

// Unfamiliar are GPUs and MIG profiles that a descriptor asks for and the catalogue does not know, without file and
// line. They are no faults: catalogues age, and the nodes decide what there is. But most of them are labels that
// somebody guessed, and their pods wait for ever.
func Unfamiliar(m *v1alpha1.ModelDeployment) problem.List {
	a := m.Spec.Accelerator
	if a == nil {
		return nil
	}
	var found problem.List
	add := func(field, what string, near []string) {
		p := problem.Problem{Field: "spec.accelerator." + field, Rule: ruleUnfamiliar, Message: what, Mend: "compare it with the labels of the nodes"}
		if len(near) > 0 {
			p.Mend = "did you mean " + either(near) + "?"
		}
		found = append(found, p)
	}
	for i, name := range productsOf(a) {
		field := "product"
		if a.Product == "" {
			field = fmt.Sprintf("products[%d]", i)
		}
		if _, known := fit.ProductNamed(name); !known {
			add(field, name+" is not the label of a GPU that is known here", nearestOf(strings.TrimSuffix(name, suffixShared), productNames(strings.Contains(name, "-MIG-"))))
		}
	}
	if profiles, of := profilesOf(a); a.MIG != "" && !slices.Contains(profiles, plainProfile(a.MIG)) {
		add("mig", a.MIG+" is not a profile of "+of+", as far as is known here", nearestOf(a.MIG, profiles))
	}
	return found
}

// productNames are the labels of the catalogue: those of whole GPUs, or of slices.
func productNames(slices bool) []string {
	var names []string
	for _, product := range fit.Products() {
		if !slices {
			names = append(names, product.Name)
			continue
		}
		for _, slice := range product.Slices {
			names = append(names, slice.Name)
		}
	}
	return names
}

// profilesOf are the profiles that the products of a request can be cut into, each once, or all GPUs when none of
// the products is known.
func profilesOf(a *v1alpha1.Accelerator) (profiles []string, of string) {
	asked := productsOf(a)
	known := fit.Products()
	among := slices.DeleteFunc(slices.Clone(known), func(p fit.Product) bool { return !slices.Contains(asked, p.Name) })
	if of = either(asked); len(among) == 0 {
		among, of = known, "any GPU"
	}
	for _, product := range among {
		for _, slice := range product.Slices {
			profiles = append(profiles, slice.Profile)
		}
	}
	slices.Sort(profiles)
	return slices.Compact(profiles), of
}

// plainProfile is a profile without media extensions, which the catalogue leaves out.
func plainProfile(profile string) string {
	return strings.TrimSuffix(strings.TrimSuffix(profile, ".me"), "+me")
}

// nearestOf are at most three of the known words that somebody may have meant: the one that is spelled alike, or
// those that the word is a part of. Case and dashes make no difference.
func nearestOf(word string, known []string) []string {
	if near := spelling.Nearest(word, known); near != "" {
		return []string{near}
	}
	plain := func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "") }
	parts := slices.DeleteFunc(slices.Clone(known), func(k string) bool { return !strings.Contains(plain(k), plain(word)) })
	slices.SortFunc(parts, func(a, b string) int { return len(a) - len(b) })
	return parts[:min(3, len(parts))]
}
