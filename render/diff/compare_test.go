package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// object reads one of a kind and name, with more fields in YAML.
func object(t testing.TB, kind, name, fields string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{Object: map[string]any{}}
	if err := yaml.Unmarshal([]byte(fields), &o.Object); err != nil {
		t.Fatalf("%v:\n%s", err, fields)
	}
	o.SetAPIVersion("v1")
	o.SetKind(kind)
	o.SetName(name)
	return o
}

func list(objects ...*unstructured.Unstructured) []*unstructured.Unstructured { return objects }

// short is what differs in one line.
func short(objects []Object) string {
	var all []string
	for _, o := range objects {
		line := string(marks[o.Change]) + o.Kind + "/" + o.Name
		if o.Was != "" {
			line += "<" + o.Was
		}
		for _, f := range o.Fields {
			line += fmt.Sprintf(" %c%s %v>%v", marks[f.Change], f.Path, f.Old, f.New)
		}
		all = append(all, line)
	}
	return strings.Join(all, "; ")
}

func TestWhatDiffers(t *testing.T) {
	for name, c := range map[string]struct{ before, after, want string }{
		"a scalar":                 {"spec: {replicas: 1}", "spec: {replicas: 2}", "~spec.replicas 1>2"},
		"a field more":             {"spec: {}", "spec: {a: {b: c}}", "+spec.a <nil>>map[b:c]"},
		"null is no value":         {"spec: {a: null}", "spec: {}", ""},
		"an empty map is one":      {"spec: {}", "spec: {podSelector: {}}", "+spec.podSelector <nil>>map[]"},
		"another type":             {"spec: {a: [1]}", "spec: {a: x}", "~spec.a [1]>x"},
		"a label":                  {"metadata: {labels: {a.b/c: x}}", "metadata: {labels: {a.b/c: w}}", "~metadata.labels[a.b/c] x>w"},
		"a container":              {"{containers: [{name: a, image: x}]}", "{containers: [{name: b}, {name: a, image: w}]}", "~containers[a].image x>w +containers[b] <nil>>map[name:b]"},
		"containers in new order":  {"{containers: [{name: a}, {name: b}]}", "{containers: [{name: b}, {name: a}]}", "~containers[order] [a b]>[b a]"},
		"a variable":               {"{env: [{name: A, value: x}]}", "{env: [{name: A, value: w}]}", "~env[A].value x>w"},
		"a port without a name":    {"{ports: [{containerPort: 1}, {containerPort: 2, protocol: UDP}]}", "{ports: [{containerPort: 2, protocol: UDP, hostPort: 3}, {containerPort: 1}]}", "+ports[2/UDP].hostPort <nil>>3 ~ports[order] [1/TCP 2/UDP]>[2/UDP 1/TCP]"},
		"a port of a service":      {"{ports: [{port: 80}, {port: 81}]}", "{ports: [{port: 80, targetPort: http}, {port: 81}]}", "+ports[80/TCP].targetPort <nil>>http"},
		"a mount":                  {"{volumeMounts: [{mountPath: /a, name: x}, {mountPath: /b, name: x}]}", "{volumeMounts: [{mountPath: /a, name: x}, {mountPath: /b, name: w}]}", "~volumeMounts[/b].name x>w"},
		"a toleration":             {"{tolerations: [{operator: Exists}, {key: gpu, effect: NoSchedule}]}", "{tolerations: [{operator: Exists}]}", "-tolerations[gpu/Equal/*/NoSchedule] map[effect:NoSchedule key:gpu]><nil>"},
		"names that are not keys":  {"{containers: [{name: a}, {name: a, x: 1}]}", "{containers: [{name: a}, {name: a, x: 2}]}", "~containers[1].x 1>2"},
		"items without keys":       {"{rules: [{a: 1}, {a: 2}, {a: 3}]}", "{rules: [{a: 1}, {a: 3}]}", "-rules[1] map[a:2]><nil>"},
		"one argument more":        {"{args: [serve, m, --x=1, --y=2]}", "{args: [serve, m, --new=3, --x=1, --y=2]}", "+args[--new] <nil>>3"},
		"a flag's value":           {"{args: [m, --x=1, --y, '2', -v]}", "{args: [m, --x=3, --y, '4', -v]}", "~args[--x] 1>3 ~args[--y] 2>4"},
		"a switch":                 {"{args: [--a]}", "{args: [--a, --b]}", "+args[--b] <nil>>--b"},
		"an argument":              {"{command: [sh, -c, one]}", "{command: [sh, -c, two]}", "~command[2] one>two"},
		"arguments in new order":   {"{args: [--a, --b, --c=1]}", "{args: [--b, --a, --c=2]}", "~args[--c] 1>2 ~args[order] [--a --b --c=1]>[--b --a --c=2]"},
		"texts in new order":       {"{values: [a, b]}", "{values: [b, a]}", "~values[order] [a b]>[b a]"},
		"a text less":              {"{values: [a, b, c]}", "{values: [a, c]}", "-values[1] b><nil>"},
		"the same amount":          {"{resources: {limits: {cpu: '1', memory: 1Gi}}}", "{resources: {limits: {cpu: 1000m, memory: 1024Mi}}}", ""},
		"a number for an amount":   {"{resources: {limits: {nvidia.com/gpu: 1}}}", "{resources: {limits: {nvidia.com/gpu: '1'}}}", ""},
		"another amount":           {"{resources: {limits: {nvidia.com/gpu: 1}}}", "{resources: {limits: {nvidia.com/gpu: 2}}}", "~resources.limits[nvidia.com/gpu] 1>2"},
		"a text that looks alike":  {"{env: [{name: A, value: '1'}]}", "{env: [{name: A, value: 1000m}]}", "~env[A].value 1>1000m"},
		"an amount without an end": {"{limits: {cpu: '1e999999999'}}", "{limits: {cpu: '1e999999998'}}", "~limits.cpu 1e999999999>1e999999998"},
		"numbers of two types":     {"{a: 1}", "{a: 1.0}", ""},
	} {
		want := c.want
		if want != "" {
			want = "~Pod/p " + want
		}
		if got := short(Compare(list(object(t, "Pod", "p", c.before)), list(object(t, "Pod", "p", c.after)))); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	for name, c := range map[string]struct{ before, after, want string }{
		"a value":       {"{data: {a: hunter1, b: x}}", "{data: {a: hunter2, b: x}}", "~data.a (secret, changed)>(secret, changed)"},
		"a key":         {"{stringData: {a: hunter1}}", "{stringData: {b: hunter1}}", "-stringData.a (secret)><nil> +stringData.b <nil>>(secret)"},
		"all data":      {"{}", "{data: {a: hunter1}}", "+data.a <nil>>(secret)"},
		"no data":       {"{data: {a: hunter1}}", "{}", "-data.a (secret)><nil>"},
		"a broken one":  {"{data: hunter1}", "{data: {a: hunter1}}", "~data (secret, changed)>(secret, changed)"},
		"a deep one":    {"{data: {a: {b: hunter1}}}", "{data: {a: {b: hunter2}}}", "~data.a (secret, changed)>(secret, changed)"},
		"a list":        {"{data: [hunter1]}", "{data: [hunter2]}", "~data (secret, changed)>(secret, changed)"},
		"an annotation": {"{}", "{metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: hunter1}}}", "+metadata.annotations[kubectl.kubernetes.io/last-applied-configuration] <nil>>(secret)"},
		"its type":      {"{type: a}", "{type: b}", "~type a>b"},
	} {
		got := short(Compare(list(object(t, "Secret", "s", c.before)), list(object(t, "Secret", "s", c.after))))
		if got != "~Secret/s "+c.want || strings.Contains(got, "hunter") {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

func TestGeneratedNamesAreOneObject(t *testing.T) {
	config := func(name, data string) *unstructured.Unstructured {
		return object(t, "ConfigMap", name, "{data: {a: "+data+"}}")
	}
	for name, c := range map[string]struct {
		before, after []*unstructured.Unstructured
		want          string
	}{
		"one for one":     {list(config("c-fbtk22k745", "x")), list(config("c-h878tmm66f", "w")), "~ConfigMap/c-h878tmm66f<c-fbtk22k745 ~data.a x>w"},
		"two for one":     {list(config("c-fbtk22k745", "x"), config("c-h878tmm66f", "z")), list(config("c-cmb825mkb4", "w")), "+ConfigMap/c-cmb825mkb4; -ConfigMap/c-fbtk22k745; -ConfigMap/c-h878tmm66f"},
		"one that stays":  {list(config("c-fbtk22k745", "x"), config("c-h878tmm66f", "z")), list(config("c-fbtk22k745", "x"), config("c-cmb825mkb4", "z")), "~ConfigMap/c-cmb825mkb4<c-h878tmm66f"},
		"no digest":       {list(config("c-production", "x")), list(config("c-development", "x")), "+ConfigMap/c-development; -ConfigMap/c-production"},
		"claims":          {list(object(t, "ResourceClaimTemplate", "m-0123abcd", "{}")), list(object(t, "ResourceClaimTemplate", "m-0123abce", "{}")), "~ResourceClaimTemplate/m-0123abce<m-0123abcd"},
		"of another kind": {list(object(t, "Service", "m-0123abcd", "{}")), list(object(t, "Service", "m-0123abce", "{}")), "-Service/m-0123abcd; +Service/m-0123abce"},
		"twice the same":  {list(config("c", "x"), config("c", "w")), list(config("c", "x"), config("c", "z")), "~ConfigMap/c ~data.a w>z"},
		"one of two":      {list(config("c", "x"), config("c", "w")), list(config("c", "x")), "-ConfigMap/c"},
		"another base":    {list(config("a-fbtk22k745", "x")), list(config("b-fbtk22k745", "x")), "-ConfigMap/a-fbtk22k745; +ConfigMap/b-fbtk22k745"},
	} {
		if got := short(Compare(c.before, c.after)); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

func TestWhatWasComparedStaysAsItIs(t *testing.T) {
	before := list(object(t, "ConfigMap", "c-fbtk22k745", "{data: {a: x}, list: [{name: a}, {name: b}]}"))
	after := list(object(t, "ConfigMap", "c-h878tmm66f", "{data: {a: w}, list: [{name: b}, {name: a}]}"))
	was := text(before[0].Object) + text(after[0].Object)
	Fold(Compare(before, after))
	if text(before[0].Object)+text(after[0].Object) != was {
		t.Error("the objects changed")
	}
}

func TestWhatObjectsHaveInCommonIsSaidOnce(t *testing.T) {
	before, after := []*unstructured.Unstructured{}, []*unstructured.Unstructured{}
	for _, name := range []string{"a", "b", "c"} {
		before = append(before, object(t, "Pod", name, "{metadata: {labels: {x/y: '1'}}, spec: {size: 1, metadata: {labels: {x/y: '1'}}}}"))
		after = append(after, object(t, "Pod", name, "{metadata: {labels: {x/y: '2'}}, spec: {size: 2, metadata: {labels: {x/y: '2'}}}}"))
	}
	count := func(n int) (shared []Shared, rest []Object) { return Fold(Compare(before[:n], after[:n])) }
	if shared, rest := count(3); len(rest) != 0 || len(shared) != 2 || shared[0].Path != "labels[x/y]" || shared[0].Objects != 3 || shared[1].Path != "spec.size" {
		t.Errorf("three: %+v, %+v", shared, rest)
	}
	if shared, rest := count(2); len(rest) != 2 || len(rest[0].Fields) != 1 || len(shared) != 1 || shared[0].Objects != 2 {
		t.Errorf("two: %+v, %+v", shared, rest)
	}
	if shared, rest := count(1); len(rest) != 1 || len(rest[0].Fields) != 3 || len(shared) != 0 {
		t.Errorf("one: %+v, %+v", shared, rest)
	}
}

func TestTextCannotCommandATerminal(t *testing.T) {
	evil := "{metadata: {namespace: \"n\\e[2J\", labels: {\"a\\e[2J\": x}}, data: {a: \"x\\e[2J\", b: \"one\\ntwo\\e[2J\"}, list: [\"\\e[2J\", b]}"
	before := list(object(t, "Pod", "p\x1b[2J", "{metadata: {namespace: \"n\\e[2J\"}, list: [b, \"\\e[2J\"]}"))
	after := list(object(t, "Pod", "p\x1b[2J", evil), object(t, "Evil\x1b[2J", "q\u202e", "{}"))
	var b strings.Builder
	if err := Text(&b, Compare(before, after)); err != nil || strings.ContainsAny(b.String(), "\x1b\u202e") {
		t.Errorf("%v:\n%q", err, b.String())
	}
	b.Reset()
	if err := Text(&b, Compare(before, after), Coloured); err != nil || !strings.Contains(b.String(), "\x1b[32m+ ") {
		t.Errorf("no colour: %v:\n%q", err, b.String())
	}
}

func TestTextOfBlocks(t *testing.T) {
	before := list(object(t, "Pod", "p", "{data: {a: \"one\\ntwo\\nthree\"}}"))
	after := list(object(t, "Pod", "p", "{data: {a: \"one\\n2\\nthree\", b: \"x\\ny\"}, spec: {c: [1, {d: ''}], e: '', f: true}}"))
	var b strings.Builder
	if err := Text(&b, Compare(before, after)); err != nil {
		t.Fatal(err)
	}
	const want = "~ Pod p\n~   data.a:\n-     two\n+     2\n+   data.b:\n+     x\n+     y\n+   spec:\n+     c:\n+     - 1\n+     - d: \"\"\n+     e: \"\"\n+     f: true\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// TestTheTableOfKeysHasNoGaps: a key without a field would make all items the same.
func TestTheTableOfKeysHasNoGaps(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		for _, k := range keys[name] {
			if len(k.fields) == 0 || len(k.fields) != len(k.defaults) {
				t.Errorf("%s: %+v", name, k)
			}
		}
	}
}
