package environments

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/spelling"
)

// relation is a problem of one environment that shows only beside the others.
type relation struct {
	env   *Environment
	field string
	problem.Problem
}

// checkRelations checks what environments owe each other: releases and evidence come from ones that exist, releases in
// no circle, and no two share a namespace. All are compared before any is refused, since a refusal empties
// the spec. An environment with problems of its own still holds its namespace.
func checkRelations(tree *Tree) {
	environments := tree.Environments
	for _, r := range slices.Concat(checkPromotion(environments), checkEvidenceSources(environments), checkPromotedModels(tree), checkNamespaces(environments)) {
		r.env.refuse(r.field, r.Problem)
	}
}

// checkPromotion reports promotedFrom that leads nowhere or in a circle.
func checkPromotion(environments []*Environment) []relation {
	byName := map[string]*Environment{}
	for _, env := range environments {
		byName[env.Name] = env
	}
	var relations []relation
	for _, env := range environments {
		from := env.Spec.PromotedFrom
		if from == "" {
			continue
		}
		if byName[from] == nil {
			relations = append(relations, relation{env, "spec.promotedFrom", unknownSource(from, environments)})
		} else if circle := circleFrom(env, byName); circle != nil {
			relations = append(relations, relation{env, "spec.promotedFrom", problem.Problem{Rule: problem.PromotionCycle,
				Message: "releases would go in a circle: " + strings.Join(circle, " <- "),
				Mend:    "delete promotedFrom of the environment that releases enter first"}})
		}
	}
	return relations
}

func unknownSource(from string, environments []*Environment) problem.Problem {
	var names []string
	for _, env := range environments {
		names = append(names, env.Name)
	}
	p := problem.Problem{Rule: problem.UnknownEnvironment,
		Message: "there is no environment " + from, Mend: "expected one of " + strings.Join(names, ", ")}
	if near := spelling.Nearest(from, names); near != "" {
		p.Mend = "did you mean " + near + "?"
	}
	return p
}

// circleFrom follows promotedFrom until it comes back to env; nil when it does not.
func circleFrom(env *Environment, byName map[string]*Environment) []string {
	way := []string{env.Name}
	for at := byName[env.Spec.PromotedFrom]; at != nil; at = byName[at.Spec.PromotedFrom] {
		if at == env {
			return append(way, env.Name)
		}
		if slices.Contains(way, at.Name) {
			return nil // a circle further on, which env is not part of
		}
		way = append(way, at.Name)
	}
	return nil
}

// checkNamespaces reports environments that share a namespace, each naming the others.
func checkNamespaces(environments []*Environment) []relation {
	inNamespace := map[string][]*Environment{}
	for _, env := range environments {
		if env.said == nil {
			continue
		}
		if namespace := env.said.String("spec.namespace"); namespace != "" {
			inNamespace[namespace] = append(inNamespace[namespace], env)
		}
	}
	var relations []relation
	for namespace, sharers := range inNamespace {
		if len(sharers) < 2 {
			continue
		}
		for _, env := range sharers {
			relations = append(relations, relation{env, "spec.namespace", problem.Problem{Rule: problem.NamespaceTaken,
				Message: fmt.Sprintf("the namespace %s is also that of %s", cut(namespace), others(sharers, env)),
				Mend:    "give each environment its own"}})
		}
	}
	return relations
}

func others(environments []*Environment, env *Environment) string {
	var names []string
	for _, other := range environments {
		if other != env {
			names = append(names, other.Name)
		}
	}
	return strings.Join(names, " and ")
}
