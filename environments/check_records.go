package environments

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/spelling"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// checkRecordKeys checks the form of the keys that sign records, their times, and that none is there twice. Whether a
// key is strong enough to be trusted, those say who trust keys: see policies/trust.
func checkRecordKeys(list string, keys []v1alpha1.RecordKey) problem.List {
	var problems problem.List
	first := map[string]int{}
	for i, key := range keys {
		path := indexed(list, i)
		encoded, p := publicKey(key.PublicKey)
		if p != nil {
			p.Field = path + ".publicKey"
			problems = append(problems, *p)
		} else if other, twice := first[encoded]; twice {
			problems = append(problems, problem.Problem{Field: path + ".publicKey", Rule: problem.DuplicateValue,
				Message: fmt.Sprintf("this is the key of %s already, whatever the comment behind it says", indexed(list, other)), Mend: "keep one of them"})
		} else {
			first[encoded] = i
		}
		if key.ValidAfter != nil && key.ValidBefore != nil && !key.ValidAfter.Before(key.ValidBefore) {
			problems = append(problems, problem.Problem{Field: path + ".validBefore", Rule: problem.InvalidValue,
				Message: "expected a time after validAfter: the key would never count", Mend: "correct one of them, or delete the key"})
		}
	}
	return problems
}

// keyType is how the type of an SSH key is written, such as ssh-ed25519 or sk-ssh-ed25519@openssh.com.
var keyType = regexp.MustCompile(`^(sk-)?(ssh|ecdsa-sha2)-[a-z0-9-]+(@openssh\.com)?$`)

// publicKey reads the base64 of a key as in a file id_ed25519.pub. What was found is not repeated: it might be the
// private half.
func publicKey(text string) (string, *problem.Problem) {
	const mend = "copy the line of the file id_ed25519.pub as it is"
	wrong := &problem.Problem{Rule: problem.InvalidValue, Mend: mend}
	words := strings.Fields(text)
	switch {
	case strings.Contains(text, "PRIVATE KEY"):
		wrong.Rule, wrong.Message = problem.NotAllowed, "this is a private key, which everybody who reads the repository sees"
		wrong.Mend = "make a new pair of keys, since this one is not secret any more, and write the public one, of the file that ends in .pub"
	case strings.ContainsAny(strings.TrimSpace(text), "\r\n"):
		wrong.Message = "expected one public key on one line, found several lines"
	case len(words) < 2 || !keyType.MatchString(words[0]):
		wrong.Message = "expected the type of an SSH key, such as ssh-ed25519, and the key in base64"
	case strings.Contains(words[0], "-cert-"):
		wrong.Message, wrong.Mend = "this is a certificate, and records are signed by a key", mend+", and not that of the file that ends in -cert.pub"
	case !keyOf(words[1], words[0]):
		wrong.Message = fmt.Sprintf("what follows %s is no key of that type in base64", words[0])
	default:
		return words[1], nil
	}
	return "", wrong
}

// keyOf says whether a text is base64 of something that begins with the name of the type, as SSH keys do.
func keyOf(encoded, kind string) bool {
	blob, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(blob) < 4 {
		return false
	}
	length := int(binary.BigEndian.Uint32(blob))
	return length == len(kind) && len(blob) > 4+length && string(blob[4:4+length]) == kind
}

// checkEvidence checks whose records count, and how releases come.
func checkEvidence(name string, spec *v1alpha1.EnvironmentSpec) problem.List {
	var problems problem.List
	for i, source := range spec.Evidence {
		path := indexed("spec.evidence", i)
		problems = append(problems, checkRecordKeys(path+".keys", source.Keys)...)
		if source.Environment == name {
			problems = append(problems, problem.Problem{Field: path + ".environment", Rule: problem.NotAllowed,
				Message: "an environment is no evidence for itself", Mend: "name another environment; its own keys stand in spec.records"})
		}
	}
	if p := spec.Promotion; p != nil && p.Auto && spec.PromotedFrom == "" {
		problems = append(problems, problem.Problem{Field: "spec.promotion.auto", Rule: problem.NotAllowed,
			Message: "there is no environment that releases could come from", Mend: "add promotedFrom, or delete auto"})
	}
	return problems
}

// checkEvidenceSources reports evidence of environments that do not exist.
func checkEvidenceSources(environments []*Environment) []relation {
	var relations []relation
	for _, env := range environments {
		for i, source := range env.Spec.Evidence {
			known := slices.ContainsFunc(environments, func(e *Environment) bool { return e.Name == source.Environment })
			if !known {
				relations = append(relations, relation{env, indexed("spec.evidence", i) + ".environment", unknownSource(source.Environment, environments)})
			}
		}
	}
	return relations
}

// checkPromotedModels reports models for promotion that neither of the two environments has. One of them may lack a
// model: whoever removes it there must not have to change the other one's rules with it.
func checkPromotedModels(tree *Tree) []relation {
	byName := map[string]*Environment{}
	for _, env := range tree.Environments {
		byName[env.Name] = env
	}
	var relations []relation
	for _, env := range tree.Environments {
		if env.Spec.Promotion == nil {
			continue
		}
		names := slices.Concat(tree.models(env), tree.models(byName[env.Spec.PromotedFrom]))
		for i, model := range env.Spec.Promotion.Models {
			if slices.Contains(names, model) {
				continue
			}
			p := problem.Problem{Rule: problem.InvalidValue, Message: fmt.Sprintf("there is no model %s in %s", cut(model), env.Name), Mend: "correct or delete it"}
			if from := env.Spec.PromotedFrom; from != "" {
				p.Message += " or " + from
			}
			if near := spelling.Nearest(model, names); near != "" {
				p.Mend = "did you mean " + near + "?"
			}
			relations = append(relations, relation{env, indexed("spec.promotion.models", i), p})
		}
	}
	return relations
}
