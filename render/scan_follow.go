package render

import (
	"bytes"
	"fmt"
	"strings"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
)

// follow goes wherever a kustomization points, in the order in which kustomize does: what it is made of
// first, then what changes it. Fields that are not here hold no reference.
func (s *scanner) follow(root string, here origin, k *types.Kustomization) {
	s.resources(root, here, "resources", k.Resources)
	//lint:ignore SA1019 kustomize still reads what it has deprecated
	s.resources(root, here, "bases", k.Bases)
	s.yamls(root, here, "configurations", k.Configurations)
	for i, g := range k.ConfigMapGenerator {
		s.sources(root, here.at("configMapGenerator[%d]", i), g.KvPairSources)
	}
	for i, g := range k.SecretGenerator {
		s.sources(root, here.at("secretGenerator[%d]", i), g.KvPairSources)
	}
	for i, reference := range k.Components {
		from := here.at("components[%d]", i)
		if name, ok := s.resolve(root, from, reference); ok {
			s.directory(name, from, types.ComponentKind)
		}
	}
	s.closure.add(s.parsed[here.file]) // environments.Decode finds the patches in it
	for i, p := range k.Patches {
		s.patch(root, here.at("patches[%d]", i), p)
	}
	//lint:ignore SA1019 as above
	for i, p := range k.PatchesJson6902 {
		s.patch(root, here.at("patchesJson6902[%d]", i), p)
	}
	//lint:ignore SA1019 as above
	for i, p := range k.PatchesStrategicMerge {
		s.mergePatch(root, here.at("patchesStrategicMerge[%d]", i), string(p))
	}
	s.replacements(root, here, k)
}

// resources vets entries that are files of objects or directories of kustomizations.
func (s *scanner) resources(root string, here origin, field string, references []string) {
	for i, reference := range references {
		from := here.at("%s[%d]", field, i)
		name, ok := s.resolve(root, from, reference)
		if !ok {
			continue
		}
		if !isWithin(name, root) {
			s.closure.roots[name] = true // or it is refused, until there is a directory
		}
		switch info, err := stat(s.fsys, name); {
		case err != nil:
			s.unreadable(from, name, err)
		case info.IsDir():
			s.root(name, from, types.KustomizationKind)
		default:
			s.objectsIn(root, from, name)
		}
	}
}

func (s *scanner) directory(name string, from origin, kind string) {
	s.closure.roots[name] = true
	switch info, err := stat(s.fsys, name); {
	case err != nil:
		s.unreadable(from, name, err)
	case !info.IsDir():
		s.report(from, problem.WrongKind, "name the directory of a component", "%s is a file", name)
	default:
		s.root(name, from, kind)
	}
}

// objectsIn vets a file of objects.
func (s *scanner) objectsIn(root string, from origin, name string) {
	_, data, ok := s.named(root, from, name)
	if !ok {
		return
	}
	file, ok := s.parse(name, data)
	if !ok {
		return
	}
	for _, d := range file.Documents {
		objects, items := count(d.Object())
		s.objects += 1 + objects
		s.items += items
	}
	s.closure.add(file)
	s.within(from)
}

func (s *scanner) yamls(root string, here origin, field string, references []string) {
	for i, reference := range references {
		if file, ok := s.yaml(root, here.at("%s[%d]", field, i), reference); ok {
			s.operatorFile(file)
		}
	}
}

// operatorFile counts a file that changes objects.
func (s *scanner) operatorFile(file *document.File) {
	s.operator(len(s.closure.files[file.Name]))
	for _, d := range file.Documents {
		value, _ := d.Value("")
		s.operator(0, value)
	}
}

// sources vets the files of a ConfigMap or Secret generator. They need not be YAML.
func (s *scanner) sources(root string, from origin, sources types.KvPairSources) {
	s.objects++
	for i, source := range sources.FileSources {
		at := from.at(".files[%d]", i)
		reference := source
		if key, name, ok := strings.Cut(source, "="); ok {
			reference = name
			if key == "" || strings.Contains(name, "=") {
				s.report(at, ruleInvalidPath, "write key=path", "%q has more or less than a key and a path", shorten(source))
				continue
			}
		}
		s.file(root, at, reference)
	}
	for i, reference := range sources.EnvSources {
		s.envFile(root, from.at(".envs[%d]", i), reference)
	}
	if sources.EnvSource != "" {
		s.envFile(root, from.at(".env"), sources.EnvSource)
	}
}

// envFile vets a file of variables, each of which kustomize compares with all before it.
func (s *scanner) envFile(root string, from origin, reference string) {
	if _, data, ok := s.file(root, from, reference); ok {
		s.operations += bytes.Count(data, []byte("\n"))
	}
}

// patch vets a patch in a file or in the kustomization itself.
func (s *scanner) patch(root string, from origin, p types.Patch) {
	if p.Path != "" {
		s.patchFile(root, from.at(".path"), p.Path)
	}
	if p.Patch != "" {
		s.patchText(from.at(".patch"), p.Patch)
	}
}

// mergePatch vets an entry that is either the path of a patch or, as kustomize has it, the patch itself.
func (s *scanner) mergePatch(root string, from origin, entry string) {
	if strings.Contains(entry, "\n") || strings.HasPrefix(entry, "{") {
		s.patchText(from, entry)
		return
	}
	s.patchFile(root, from, entry)
}

func (s *scanner) patchFile(root string, from origin, reference string) {
	if file, ok := s.yaml(root, from, reference); ok {
		s.operatorFile(file)
		s.patchDocuments(from, file)
	}
}

func (s *scanner) patchText(from origin, text string) {
	if file, ok := s.inline(from, text); ok {
		s.operatorFile(file)
		s.patchDocuments(from, file)
	}
}

// patchDocuments refuses copies in JSON patches: each can double what it is applied to.
func (s *scanner) patchDocuments(from origin, file *document.File) {
	for _, d := range file.Documents {
		all, _ := d.Value("")
		operations, _ := all.([]any)
		for i, o := range operations {
			operation, _ := o.(map[string]any)
			if operation["op"] == "copy" {
				line, _ := d.Line(fmt.Sprintf("[%d]", i))
				s.problems = append(s.problems, problem.Problem{
					File: file.Name, Line: line, Field: from.field, Rule: problem.NotAllowed,
					Message: "a JSON patch may not copy: each copy can double the object", Mend: "write the value out, with op: add",
				})
			}
		}
	}
	s.closure.add(file)
}
