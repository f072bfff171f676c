package environments

import (
	"fmt"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/spelling"
)

// authored are the fields of metadata that people write.
var authored = []string{"annotations", "labels", "name", "namespace"}

// clusterFields are those that the cluster writes, by their names in JSON.
var clusterFields = func() map[string]bool {
	fields := map[string]bool{}
	for f := range reflect.TypeFor[metav1.ObjectMeta]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields[name] = true
	}
	for _, name := range authored {
		delete(fields, name)
	}
	return fields
}()

// checkMetadata checks what the schema of a CRD leaves open: the name is the directory's, the namespace
// the environment's (nil for an environment itself, which has none), and nothing in it is the cluster's
// business.
func checkMetadata(object map[string]any, name string, env *Environment) problem.List {
	meta, ok := object["metadata"].(map[string]any)
	if !ok {
		if said, is := object["metadata"]; is && said != nil {
			return problem.List{{Field: "metadata", Rule: problem.WrongType, Message: "expected a map, found " + found(nil, said),
				Mend: "write metadata: {name: " + name + "}"}}
		}
	}
	problems := checkName(meta, name)
	problems = append(problems, checkNamespace(meta, env)...)
	for key := range meta {
		problems = append(problems, checkMetadataField(key)...)
	}
	labels, wrong := stringMap(meta, "labels")
	problems = append(problems, wrong...)
	annotations, wrong := stringMap(meta, "annotations")
	problems = append(problems, wrong...)
	problems = append(problems, checkLabels(labels)...)
	return append(problems, checkAnnotations(annotations)...)
}

func checkName(meta map[string]any, want string) problem.List {
	switch said := meta["name"]; {
	case said == nil:
		return problem.List{{Field: "metadata.name", Rule: problem.MissingField,
			Message: "the field is missing, expected " + want, Mend: "add name: " + want}}
	case said != want:
		rule := problem.WrongName
		if _, ok := said.(string); !ok {
			rule = problem.WrongType
		}
		return problem.List{{Field: "metadata.name", Rule: rule,
			Message: fmt.Sprintf("expected %s, the name of the directory, found %s", want, found([]string{"metadata", "name"}, said)),
			Mend:    "write name: " + want + ", or rename the directory"}}
	}
	return nil
}

func checkNamespace(meta map[string]any, env *Environment) problem.List {
	said, ok := meta["namespace"]
	switch {
	case !ok || said == nil || said == "":
		return nil
	case env == nil:
		return problem.List{{Field: "metadata.namespace", Rule: problem.NotAllowed,
			Message: "an environment is in no namespace itself", Mend: "say where its models go in spec.namespace"}}
	case said != env.Spec.Namespace && env.Spec.Namespace != "":
		return problem.List{{Field: "metadata.namespace", Rule: problem.NotAllowed,
			Message: fmt.Sprintf("expected %s, the namespace of environment %s, found %s",
				env.Spec.Namespace, env.Name, found([]string{"metadata", "namespace"}, said)),
			Mend: "delete namespace: it follows from the environment"}}
	}
	return nil
}

func checkMetadataField(key string) problem.List {
	path := "metadata." + key
	for _, known := range authored {
		if key == known {
			return nil
		}
	}
	if clusterFields[key] {
		return problem.List{{Field: path, Rule: problem.NotAllowed,
			Message: "this field is written by the cluster, not in Git", Mend: "delete it"}}
	}
	p := problem.Problem{Field: path, Rule: problem.UnknownField, Message: "there is no such field",
		Mend: "expected one of " + strings.Join(authored, ", ")}
	if near := spelling.Nearest(key, authored); near != "" {
		p.Mend = "did you mean " + near + "?"
	}
	return problem.List{p}
}

// stringMap is labels or annotations; every value must be a string.
func stringMap(meta map[string]any, key string) (map[string]string, problem.List) {
	if meta[key] == nil {
		return nil, nil
	}
	said, ok := meta[key].(map[string]any)
	if !ok {
		return nil, problem.List{{Field: "metadata." + key, Rule: problem.WrongType,
			Message: "expected a map, found " + found(nil, meta[key]), Mend: "write one name: \"value\" on each line"}}
	}
	var problems problem.List
	values := make(map[string]string, len(said))
	for name, v := range said {
		text, ok := v.(string)
		if !ok {
			problems = append(problems, problem.Problem{Field: "metadata." + key + document.Path(name), Rule: problem.WrongType,
				Message: "expected a string, found " + found(nil, v), Mend: "put it in quotes"})
			continue
		}
		values[name] = text
	}
	return values, problems
}

// reservedDomain is the part of label names that tie objects to their owner for pruning.
const reservedDomain = "applyset.kubernetes.io/"

func checkLabels(labels map[string]string) problem.List {
	var problems problem.List
	for name, value := range labels {
		path := "metadata.labels" + document.Path(name)
		if strings.HasPrefix(name, "penstock.dev/") || strings.HasPrefix(name, reservedDomain) {
			problems = append(problems, reserved(path))
		}
		if len(content.IsLabelKey(name)) > 0 {
			problems = append(problems, problem.Problem{Field: path, Rule: problem.InvalidValue,
				Message: "this cannot be the name of a label", Mend: "write it as in team or example.com/team"})
		}
		if len(content.IsLabelValue(value)) > 0 {
			problems = append(problems, problem.Problem{Field: path, Rule: problem.InvalidValue,
				Message: "expected at most 63 letters, digits, dashes, underscores and dots, found " + found(nil, value),
				Mend:    "correct the label, or make it an annotation"})
		}
	}
	return problems
}

func checkAnnotations(annotations map[string]string) problem.List {
	var problems problem.List
	for name := range annotations {
		if strings.HasPrefix(name, reservedDomain) {
			problems = append(problems, reserved("metadata.annotations"+document.Path(name)))
		}
	}
	for _, err := range validation.ValidateAnnotations(annotations, field.NewPath("metadata", "annotations")) {
		problems = append(problems, problem.Problem{Field: "metadata.annotations", Rule: problem.InvalidValue,
			Message: "these are no annotations: " + err.Detail, Mend: "correct or shorten them"})
	}
	return problems
}

func reserved(path string) problem.Problem {
	return problem.Problem{Field: path, Rule: problem.NotAllowed,
		Message: "this name is the agent's own, by which it knows what it applied", Mend: "delete it"}
}
