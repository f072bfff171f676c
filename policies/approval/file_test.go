package approval

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsMarshalledIsLoadedAsTheSame(t *testing.T) {
	for _, name := range []string{"grace", "true", "1e3", "null"} {
		for _, statement := range []Statement{agreed, {RulesUnit, agreed.Content, agreed.Expires}} {
			file := approve(t, key(t, 1), statement)
			file.Name = "approvals/g.yaml"
			got, problems := Load(directory(map[string]string{"g.yaml": string(Marshal(name, statement, file.Armored))}), "approvals")
			if diff := cmp.Diff([]File{file}, got); diff != "" || len(problems) > 0 {
				t.Errorf("%s: %v\n%s", name, problems, diff)
			}
		}
	}
}

func TestAnApprovalIsAFileThatPeopleCanRead(t *testing.T) {
	want := `apiVersion: penstock.dev/v1alpha1
kind: Approval
metadata:
  name: "grace-example-com"
spec:
  unit: prod/llama-3-8b
  content: ` + digest("a") + `
  expires: "2026-08-26T12:00:00Z"
  signature: |
    -----BEGIN SSH SIGNATURE-----
    AAAA
    -----END SSH SIGNATURE-----
`
	got := Marshal(Label("grace@example.com"), agreed, []byte("-----BEGIN SSH SIGNATURE-----\r\nAAAA\n-----END SSH SIGNATURE-----"))
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestABrokenApprovalIsAProblemAndTheOthersCount(t *testing.T) {
	text := func(s Statement) string { return string(Marshal("grace", s, approve(t, key(t, 1), s).Armored)) }
	good := text(agreed)
	for name, test := range map[string]struct{ text, want string }{
		"two in one file": {good + "---\n" + good, "approvals/b.yaml: expected one Approval, found 2 documents; give each approval a file of its own"},
		"nothing":         {"# soon\n", "approvals/b.yaml: expected one Approval, found 0 documents; give each approval a file of its own"},
		"another kind":    {strings.Replace(good, "kind: Approval", "kind: Trust", 1), `approvals/b.yaml:2: kind: expected Approval, found the string "Trust"; write kind: Approval`},
		"another unit":    {strings.Replace(good, "prod/llama-3-8b", "prod/*", 1), `approvals/b.yaml:6: spec.unit: expected environment/model, or rules, found the string "prod/*"; write it as in prod/llama-3-8b`},
		"long ago":        {strings.Replace(good, "2026", "0000", 1), "approvals/b.yaml:8: spec.expires: the approval ends at 0000-08-26 12:00:00 +0000 UTC, which is no whole second between 1970 and 9999; ask for approval again"},
		"a field twice":   {strings.Replace(good, "spec:\n", "spec:\n  unit: dev/llama-3-8b\n", 1), "approvals/b.yaml:7: "},
		"no YAML":         {"spec: [", "approvals/b.yaml:1: "},
	} {
		files, problems := Load(directory(map[string]string{"a.yaml": good, "b.yaml": test.text, "c.yml": good, "README.md": "x"}), "approvals")
		if len(files) != 2 || files[0].Name != "approvals/a.yaml" || files[1].Name != "approvals/c.yml" {
			t.Errorf("%s: loaded %+v", name, files)
		}
		if len(problems) != 1 || !strings.HasPrefix(problems.Error(), test.want) {
			t.Errorf("%s: %v\nwant %s", name, problems, test.want)
		}
	}
}

func TestADirectoryThatIsNotThereHoldsNoApprovals(t *testing.T) {
	if files, problems := Load(fstest.MapFS{}, "environments/prod/a/approvals"); len(files)+len(problems) > 0 {
		t.Errorf("%v, %v", files, problems)
	}
}

// refusing is a file system that cannot read one name.
type refusing struct {
	fs.FS
	name string
}

func (r refusing) Open(name string) (fs.File, error) {
	if name == r.name {
		return nil, &fs.PathError{Op: "open", Path: "/secret/" + name, Err: fs.ErrPermission}
	}
	return r.FS.Open(name)
}

func TestWhatCannotBeReadIsAProblemWithoutThePathOfTheMachine(t *testing.T) {
	tree := directory(map[string]string{"a.yaml": string(Marshal("a", agreed, approve(t, key(t, 1), agreed).Armored)), "b.yaml": ""})
	for name, want := range map[string]int{"approvals": 0, "approvals/b.yaml": 1} {
		files, problems := Load(refusing{tree, name}, "approvals")
		if got := problems.Error(); len(files) != want || got != name+": cannot read it: permission denied; make it a readable file" {
			t.Errorf("%s: %d approvals, %s", name, len(files), got)
		}
	}
}

func TestSoManyApprovalsAreRead(t *testing.T) {
	text, files := string(Marshal("a", agreed, approve(t, key(t, 1), agreed).Armored)), map[string]string{"README.md": ""}
	for i := range MaxFiles {
		files[fmt.Sprintf("%03d.yaml", i)] = text
	}
	if got, problems := Load(directory(files), "approvals"); len(got) != MaxFiles || len(problems) > 0 {
		t.Errorf("%d approvals, %v", len(got), problems)
	}
	files["zzz.yaml"] = text
	want := "approvals: it holds 65 approvals, of which the first 64 are read; delete those that have expired"
	if got, problems := Load(directory(files), "approvals"); len(got) != MaxFiles || problems.Error() != want {
		t.Errorf("%d approvals, %v", len(got), problems)
	}
}

func TestAFileIsNamedAfterWhoApproves(t *testing.T) {
	for principal, want := range map[string][2]string{
		"grace@example.com":       {"grace@example.com.yaml", "grace-example-com"},
		"Grace.Hopper+x@navy.mil": {"Grace.Hopper+x@navy.mil.yaml", "grace-hopper-x-navy-mil"},
		"../../../etc/passwd":     {"etc-passwd.yaml", "etc-passwd"},
		".git/config":             {"git-config.yaml", "git-config"},
		"-rf":                     {"rf.yaml", "rf"},
		"grace hopper\n":          {"grace-hopper-.yaml", "grace-hopper"},
		"azAZ09@x":                {"azAZ09@x.yaml", "azaz09-x"},
		"…":                       {"unnamed.yaml", "unnamed"},
		"":                        {"unnamed.yaml", "unnamed"},
		strings.Repeat("a", 300):  {strings.Repeat("a", 200) + ".yaml", strings.Repeat("a", 63)},
	} {
		if got := [2]string{FileName(principal), Label(principal)}; got != want {
			t.Errorf("%q: got %q, want %q", principal, got, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	good := approve(f, key(f, 1), agreed)
	text := string(Marshal("grace", agreed, good.Armored))
	for _, seed := range []string{text, "", "---\n---\n", strings.Replace(text, "prod/llama-3-8b", `"prod/a\n"`, 1),
		strings.Replace(text, `"2026-08-26T12:00:00Z"`, "2026-08-26T12:00:00Z", 1), strings.Replace(text, "12:00:00Z", "12:00:00.0Z", 1), strings.Replace(text, "content: s", "content: &a s", 1)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		files, problems := Load(directory(map[string]string{"a.yaml": text}), "approvals")
		if len(files)+len(problems) == 0 || len(files) > 1 || len(files) == 1 && len(problems) > 0 {
			t.Fatalf("%d approvals, %v", len(files), problems)
		}
		for _, file := range files {
			if err := file.Check(); err != nil {
				t.Errorf("it was loaded, and nobody could have signed it: %v", err)
			}
			again, problems := Load(directory(map[string]string{"a.yaml": string(Marshal("a", file.Statement, good.Armored))}), "approvals")
			if len(problems) > 0 || cmp.Diff(file.Statement, again[0].Statement) != "" {
				t.Errorf("written again it is another: %v, %v", again, problems)
			}
		}
	})
}
