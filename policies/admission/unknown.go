package admission

import (
	"fmt"
	"strings"

	"k8s.io/apiserver/pkg/admission/plugin/cel"

	"github.com/penstock-dev/penstock/policies/expression"
)

// environmentOf has the variables of an API server. What the authorizer can do is checked by its own compiler.
func environmentOf(params bool) (*expression.Env, error) {
	variables := []expression.Variable{
		{Name: cel.ObjectVarName, Type: expression.Dyn}, {Name: cel.OldObjectVarName, Type: expression.Dyn},
		{Name: cel.RequestVarName, Type: cel.BuildRequestType()}, {Name: cel.NamespaceVarName, Type: cel.BuildNamespaceType()},
		{Name: cel.AuthorizerVarName, Type: expression.Dyn},
	}
	if params {
		variables = append(variables, expression.Variable{Name: cel.ParamsVarName, Type: expression.Dyn})
	}
	env, err := expression.NewEnv(variables...)
	if err != nil {
		return nil, fmt.Errorf("prepare the variables of an API server: %w", err)
	}
	return env.Scope()
}

// unknown is the first of what an expression reads that is not known; empty when all is.
func (r *request) unknown(reads []string) string {
	for _, read := range reads {
		whole := func(path string) bool { return below(read, path) || below(path, read) }
		switch {
		case below(read, cel.AuthorizerVarName):
			return cel.AuthorizerVarName
		case whole("request.userInfo") && r.user == nil:
			return "request.userInfo"
		case whole("request.options"):
			return "request.options"
		case below(read, cel.NamespaceVarName) && !r.knowsOfNamespace(read):
			return read
		}
	}
	return ""
}

// knowsOfNamespace reports whether what is read of the namespace is known.
func (r *request) knowsOfNamespace(read string) bool {
	return below(read, "namespaceObject.metadata.name") || read == "namespaceObject.metadata.labels.kubernetes.io/metadata.name" ||
		r.labels != nil && below(read, "namespaceObject.metadata.labels")
}

// below reports whether a path is another or leads on from it.
func below(path, above string) bool { return path == above || strings.HasPrefix(path, above+".") }
