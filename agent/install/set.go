package install

import (
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// What stands in the files for the namespaces of the agent and of an environment.
const (
	agentNamespace       = "penstock-system"
	environmentNamespace = "environment"
)

// namespaceFields are where a namespace is named.
var namespaceFields = [][]string{
	{"metadata", "name"},
	{"metadata", "namespace"},
	{"subjects", "*", "namespace"},
	{"rules", "*", "resourceNames", "*"},
}

// place puts the two namespaces in where they are named.
func place(object *yaml.RNode, agent, environment string) error {
	actual := map[string]string{agentNamespace: agent, environmentNamespace: environment}
	for _, path := range namespaceFields {
		err := visit(object, path, func(field *yaml.RNode) error {
			if name, ok := actual[field.YNode().Value]; ok {
				setText(field, name)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// visit calls do on what stands at the path, of which a step * is every element of a list. What is not
// there is not visited.
func visit(node *yaml.RNode, path []string, do func(*yaml.RNode) error) error {
	switch {
	case node == nil:
		return nil
	case len(path) == 0:
		return do(node)
	case path[0] == "*":
		return node.VisitElements(func(element *yaml.RNode) error { return visit(element, path[1:], do) })
	}
	field, err := node.Pipe(yaml.Lookup(path[0]))
	if err != nil {
		return err
	}
	return visit(field, path[1:], do)
}

// setText keeps the comments, and sees to it that a name such as 123 stays text.
func setText(field *yaml.RNode, value string) {
	text := yaml.NewStringRNode(value).YNode()
	field.YNode().Value, field.YNode().Tag, field.YNode().Style = text.Value, text.Tag, text.Style
}

// nameFleet tells the cluster-wide rights of several agents in one cluster apart by their namespaces.
func (m *manifests) nameFleet(object *yaml.RNode) error {
	for _, path := range [][]string{{"metadata", "name"}, {"roleRef", "name"}} {
		err := visit(object, path, func(field *yaml.RNode) error {
			setText(field, m.options.Namespace+"-fleet")
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// openGitPort lets the agent reach a Git server that listens where Git servers usually do not.
func (m *manifests) openGitPort(policy *yaml.RNode) error {
	port, err := gitPort(m.options.URL)
	if err != nil || slices.Contains([]int{22, 443, 6443}, port) {
		return err
	}
	allowed, err := yaml.FromMap(map[string]any{"protocol": "TCP", "port": port})
	if err != nil {
		return err
	}
	return policy.PipeE(yaml.Lookup("spec", "egress", "-", "ports"), yaml.Append(allowed.YNode()))
}

// configureAgent sets what differs in the Deployment.
func (m *manifests) configureAgent(deployment *yaml.RNode) error {
	o := m.options
	if err := deployment.PipeE(yaml.Lookup("spec"), yaml.SetField("replicas", yaml.NewScalarRNode(strconv.Itoa(o.Replicas)))); err != nil {
		return err
	}
	container, err := deployment.Pipe(yaml.Lookup("spec", "template", "spec", "containers", "[name=agent]"))
	if err != nil {
		return err
	}
	if err := container.PipeE(yaml.SetField("image", yaml.NewStringRNode(o.Image))); err != nil {
		return err
	}
	if err := container.PipeE(yaml.Lookup("env", "[name=PENSTOCK_IMAGE]"), yaml.SetField("value", yaml.NewStringRNode(o.Image))); err != nil {
		return err
	}
	for _, arg := range o.arguments() {
		if err := container.PipeE(yaml.Lookup("args"), yaml.Append(yaml.NewStringRNode(arg).YNode())); err != nil {
			return err
		}
	}
	for volume, secret := range o.secrets() {
		if err := mountSecret(deployment, container, volume, secret); err != nil {
			return err
		}
	}
	return nil
}

// secrets are those that the agent has mounted, by the names of their volumes; empty for one that it has not.
func (o Options) secrets() map[string]string {
	return map[string]string{"git": o.AuthSecret, "push": o.PushSecret, "records": o.RecordsSecret, "forge": o.ForgeSecret}
}

// arguments are the flags of the agent. Kubernetes would expand $(NAME), so that is escaped.
func (o Options) arguments() []string {
	args := []string{"--url=" + o.URL, "--branch=" + o.Branch}
	if o.AuthSecret != "" {
		args = append(args, "--auth-dir=/etc/penstock/git")
	}
	if o.PushSecret != "" {
		args = append(args, "--push-auth-dir=/etc/penstock/push")
	}
	if o.RecordsSecret != "" {
		args = append(args, "--records-key-dir=/etc/penstock/records")
	}
	if o.ForgeSecret != "" {
		args = append(args, "--token-file=/etc/penstock/forge/token")
	}
	for _, told := range []struct{ flag, value string }{
		{"--forge=", o.Forge}, {"--forge-url=", o.ForgeURL}, {"--forge-repository=", o.ForgeRepository},
		{"--path=", o.Path}, {"--policies=", o.Policies}, {"--trust=", o.Trust}, {"--trust-digest=", o.TrustDigest}, {"--schedule=", o.Schedule},
	} {
		if told.value != "" {
			args = append(args, told.flag+told.value)
		}
	}
	if o.NoFleet {
		args = append(args, "--fleet=false")
	}
	for _, env := range o.Environments {
		args = append(args, "--environment="+env)
	}
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "$(", "$$(")
	}
	return args
}

// mountSecret names the Secret of a volume, or takes the volume out when there is none.
func mountSecret(deployment, container *yaml.RNode, volume, secret string) error {
	pod := yaml.Lookup("spec", "template", "spec")
	if secret != "" {
		return deployment.PipeE(pod, yaml.Lookup("volumes", "[name="+volume+"]", "secret"),
			yaml.SetField("secretName", yaml.NewStringRNode(secret)))
	}
	remove := yaml.ElementSetter{Keys: []string{"name"}, Values: []string{volume}}
	if err := deployment.PipeE(pod, yaml.Lookup("volumes"), remove); err != nil {
		return err
	}
	return container.PipeE(yaml.Lookup("volumeMounts"), remove)
}
