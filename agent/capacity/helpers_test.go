package capacity_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/agent/capacity"
	"github.com/penstock-dev/penstock/render/fleet"
	"github.com/penstock-dev/penstock/test/controlplane"
)

func TestMain(m *testing.M) { controlplane.Main(m) }

// site is some nodes of a test's own, and a watch.
type site struct {
	testing.TB
	cp      *controlplane.ControlPlane
	ns      string
	label   string // the value of the nodes' label site
	watch   *capacity.Watch
	changes chan struct{}
}

// nodes parses a fleet and gives all nodes the label site.
func (s *site) nodes(text string) {
	s.Helper()
	parsed, err := controlplane.ParseFleet("fleet.yaml", []byte(text))
	if err != nil {
		s.Fatal(err)
	}
	for i := range parsed.Nodes {
		n := &parsed.Nodes[i]
		n.Name = s.label + "-" + n.Name
		n.Labels = map[string]string{"site": s.label}
	}
	if err := controlplane.ApplyFleet(s.Context(), s.cp.RESTConfig(), parsed); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if _, err := s.cp.Kubectl(context.Background(), nil, "delete", "nodes", "--wait=false", "-l", "site="+s.label); err != nil {
			s.Error(err)
		}
	})
}

// newSite makes a site without nodes and watch.
func newSite(t testing.TB) *site {
	t.Helper()
	cp := controlplane.ForTest(t)
	ns := cp.Namespace(t)
	return &site{TB: t, cp: cp, ns: ns, label: ns, changes: make(chan struct{}, 1)}
}

// look begins to watch, as the admin unless told.
func (s *site) look(config capacity.Config) {
	s.Helper()
	if config.REST == nil {
		config.REST = s.cp.RESTConfig()
	}
	config.Version, config.Settle = s.label, time.Millisecond
	if config.OnChange == nil {
		config.OnChange = func() {
			select {
			case s.changes <- struct{}{}:
			default:
			}
		}
	}
	watch, err := capacity.New(config)
	if err != nil {
		s.Fatal(err)
	}
	s.watch = watch
	done := make(chan error, 1)
	go func() { done <- watch.Run(s.Context()) }()
	s.Cleanup(func() {
		watch.Close()
		if err := <-done; err != nil {
			s.Error(err)
		}
	})
}

// until waits for a change after which the condition holds.
func (s *site) until(what string, holds func() bool) {
	s.Helper()
	timeout := time.After(90 * time.Second)
	for !holds() {
		select {
		case <-s.changes:
		case <-timeout:
			s.Fatalf("it never came to be that %s; problem: %v", what, s.watch.Problem())
		}
	}
}

// fleet is what is known of the cluster.
func (s *site) fleet() *fleet.Fleet {
	f, _ := s.watch.Fleet() // nil is a fleet too
	return f
}

// place asks for copies of a deployment's pod.
func (s *site) place(d deployment, replicas int) fleet.Placement {
	return s.fleet().Place(s.Context(), fleet.Workload{Pod: d.pod(s), Replicas: replicas, Claims: d.claims(s)}, nil)
}

func (s *site) kubectl(stdin string, args ...string) string {
	s.Helper()
	out, err := s.cp.Kubectl(s.Context(), strings.NewReader(stdin), args...)
	if err != nil {
		s.Fatalf("kubectl %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// requests are those that this site's watch made, as "verb resource code", with their number.
func (s *site) requests(since time.Time) map[string]int {
	s.Helper()
	count := map[string]int{}
	for _, r := range s.raw(since) {
		count[fmt.Sprintf("%s %s %d", r.Verb, r.Resource, r.Code)]++
	}
	return count
}

func (s *site) raw(since time.Time) []controlplane.Request {
	s.Helper()
	all, err := s.cp.Requests(since)
	if err != nil {
		s.Fatal(err)
	}
	return slices.DeleteFunc(all, func(r controlplane.Request) bool { return r.UserAgent != "penstock/"+s.label })
}

// user is one with rights on these resources in the whole cluster.
func (s *site) user(rules string) *rest.Config {
	s.Helper()
	s.grant(rules)
	cfg, err := s.cp.User(s.label)
	if err != nil {
		s.Fatal(err)
	}
	return cfg
}

func (s *site) grant(rules string) {
	s.Helper()
	s.kubectl(fmt.Sprintf(`
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: %[1]s}
rules: %[2]s
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: %[1]s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %[1]s}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: %[1]s}]
`, s.label, rules), "apply", "-f", "-")
}

const (
	coreRights   = `{apiGroups: [""], resources: [nodes, pods], verbs: [get, list, watch]}`
	deviceRights = `{apiGroups: [resource.k8s.io], resources: [resourceslices, resourceclaims, deviceclasses], verbs: [get, list, watch]}`
)

// deployment is one whose pods take GPUs of a site.
type deployment struct {
	name, resource string
	product        string // empty: any
	each           int
	template       string // YAML of a ResourceClaimTemplate's spec.devices, instead of a resource
}

func (d deployment) yaml(s *site, replicas int) string {
	selector := "site: " + s.label
	if d.product != "" {
		selector += ", nvidia.com/gpu.product: " + d.product
	}
	takes := fmt.Sprintf("resources: {limits: {%s: %d}}", d.resource, d.each)
	claims := ""
	if d.template != "" {
		takes = "resources: {claims: [{name: gpu}]}"
		claims = "resourceClaims: [{name: gpu, resourceClaimTemplateName: " + d.name + "}]"
	}
	return fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  replicas: %[3]d
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {labels: {app: %[1]s, app.kubernetes.io/instance: %[1]s}}
    spec:
      nodeSelector: {%[4]s}
      tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}]
      terminationGracePeriodSeconds: 0
      containers: [{name: server, image: server, %[5]s}]
      %[6]s
`, d.name, s.ns, replicas, selector, takes, claims)
}

// pod is the pod of the deployment, from the same text that kubectl applies.
func (d deployment) pod(s *site) corev1.PodSpec {
	var object appsv1.Deployment
	if err := yaml.Unmarshal([]byte(d.yaml(s, 1)), &object); err != nil {
		s.Fatal(err)
	}
	return object.Spec.Template.Spec
}

func (d deployment) claims(s *site) []resourcev1.ResourceClaimTemplate {
	if d.template == "" {
		return nil
	}
	var t resourcev1.ResourceClaimTemplate
	if err := yaml.Unmarshal([]byte(d.claimYAML(s)), &t); err != nil {
		s.Fatal(err)
	}
	return []resourcev1.ResourceClaimTemplate{t}
}

func (d deployment) claimYAML(s *site) string {
	return fmt.Sprintf("apiVersion: resource.k8s.io/v1\nkind: ResourceClaimTemplate\nmetadata: {name: %s, namespace: %s}\nspec: {spec: {devices: %s}}\n", d.name, s.ns, d.template)
}

// run applies the deployment.
func (d deployment) run(s *site, replicas int) {
	s.Helper()
	text := d.yaml(s, replicas)
	if d.template != "" {
		text = d.claimYAML(s) + "---" + text
	}
	s.kubectl(text, "apply", "-f", "-")
}

// scheduled waits until so many pods of the deployment are on nodes, and so many cannot be.
func (d deployment) scheduled(s *site, placed, refused int) {
	s.Helper()
	var last string
	err := wait.PollUntilContextTimeout(s.Context(), 50*time.Millisecond, 90*time.Second, true, func(context.Context) (bool, error) {
		last = s.kubectl("", "-n", s.ns, "get", "pods", "-l", "app="+d.name, "-o", `jsonpath={range .items[*]}{.status.conditions[?(@.type=="PodScheduled")].status}{.status.conditions[?(@.type=="PodScheduled")].reason}{"\n"}{end}`)
		count := map[string]int{}
		for word := range strings.FieldsSeq(last) {
			count[word]++
		}
		return maps.Equal(count, without0(map[string]int{"True": placed, "FalseUnschedulable": refused})), nil
	})
	if err != nil {
		s.Fatalf("%s: never were %d pods scheduled and %d refused: %v\n%s", d.name, placed, refused, err, last)
	}
}

func without0(count map[string]int) map[string]int {
	maps.DeleteFunc(count, func(_ string, n int) bool { return n == 0 })
	return count
}
