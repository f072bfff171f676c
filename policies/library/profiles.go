package library

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/problem"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// ProfileKind is the kind of a file of profiles.
const ProfileKind = "PolicyProfile"

// Profile is built-in policies that go together.
type Profile struct {
	// Name by which an environment asks for it, in spec.profile.
	Name string `json:"-"`
	// Description says, for people, what it is about.
	Description string `json:"description"`
	// For says which environments it is meant for.
	For string `json:"for"`
	// Policies are what it switches on.
	Policies []v1alpha1.PolicySelection `json:"policies"`
	// Windows are those that an environment of the kind often has. The profile does not set them: a calendar is an
	// organisation's own. They are to be copied into environment.yaml and changed there.
	Windows []v1alpha1.ChangeWindow `json:"windows,omitempty"`
}

// Profiles are the policies of each profile, by its name, as policies.Sources takes them.
func Profiles() map[string][]v1alpha1.PolicySelection {
	all := map[string][]v1alpha1.PolicySelection{}
	for _, p := range AllProfiles() {
		all[p.Name] = p.Policies
	}
	return all
}

// AllProfiles are the profiles, sorted by name, for those who show them to people.
func AllProfiles() []Profile { return slices.Clone(profiles()) }

var profiles = sync.OnceValue(func() []Profile {
	all, problems := readProfiles(files, "profiles")
	if len(problems) > 0 {
		panic(broken("profiles", problems))
	}
	return all
})

// readProfiles reads the files of a directory strictly: a misspelt field would switch off a policy that people count on.
func readProfiles(fsys fs.FS, dir string) ([]Profile, problem.List) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, problem.List{{File: dir, Rule: problem.UnreadableFile, Message: "the directory cannot be read: " + err.Error()}}
	}
	var all []Profile
	var problems problem.List
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			problems = append(problems, problem.Problem{File: name, Rule: problem.UnreadableFile, Message: "the file cannot be read: " + err.Error()})
			continue
		}
		file, wrong := document.Parse(name, data)
		problems = append(problems, wrong...)
		if len(wrong) > 0 {
			continue
		}
		for _, d := range file.Documents {
			profile, wrong := readProfile(file, d)
			all, problems = append(all, profile), append(problems, wrong...)
		}
	}
	slices.SortFunc(all, func(a, b Profile) int { return cmp.Compare(a.Name, b.Name) })
	return all, problems.Sorted()
}

func readProfile(file *document.File, d *document.Document) (Profile, problem.List) {
	profile := Profile{Name: d.Name()}
	at := func(field, rule, mend, message string) problem.List {
		line, _ := d.Nearest(field)
		return problem.List{{File: file.Name, Line: line, Field: field, Rule: rule, Message: message, Mend: mend}}
	}
	if d.Kind() != ProfileKind || d.APIVersion() != v1alpha1.GroupVersion.String() {
		return profile, at("kind", problem.WrongKind, "write apiVersion: "+v1alpha1.GroupVersion.String()+" and kind: "+ProfileKind, "expected a "+ProfileKind)
	}
	if want := strings.TrimSuffix(path.Base(file.Name), ".yaml"); profile.Name != want {
		return profile, at("metadata.name", problem.WrongName, "name it as its file: "+want, fmt.Sprintf("expected %s, found %q", want, profile.Name))
	}
	raw, err := json.Marshal(d.Object()["spec"])
	if err != nil {
		return profile, at("spec", problem.WrongType, "write a map with policies", "it cannot be read: "+err.Error())
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&profile); err != nil {
		return profile, at("spec", problem.WrongType, "compare it with the other profiles", strings.TrimPrefix(err.Error(), "json: "))
	}
	if len(profile.Policies) == 0 || profile.Description == "" || profile.For == "" {
		return profile, at("spec", problem.MissingField, "write description, for and policies", "a profile says what it is for, and switches on at least one policy")
	}
	return profile, nil
}
