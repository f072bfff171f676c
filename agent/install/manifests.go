package install

import (
	"bytes"
	"embed"
	"fmt"
	"slices"

	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

//go:embed manifests
var files embed.FS

// Manifests are the objects of one installation as YAML, in an order that kubectl can apply in one go:
// what others need comes first.
func Manifests(o Options) ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o.TargetNamespaces = slices.Compact(slices.Sorted(slices.Values(o.TargetNamespaces)))
	m := &manifests{options: o}
	m.namespaces()
	m.documents = append(m.documents, bytes.TrimPrefix(v1alpha1.ModelDeploymentCRD, []byte("---\n")))
	m.add("serviceaccount.yaml", nil)
	m.rights()
	m.add("networkpolicy.yaml", m.openGitPort)
	if o.Replicas > 1 {
		m.add("poddisruptionbudget.yaml", nil)
	}
	m.add("deployment.yaml", m.configureAgent)
	return bytes.Join(m.documents, []byte("---\n")), m.err
}

// manifests collects documents until something fails.
type manifests struct {
	options   Options
	documents [][]byte
	err       error
}

func (m *manifests) namespaces() {
	m.add("namespace.yaml", nil)
	if m.options.OmitNamespaces {
		return
	}
	for _, namespace := range m.options.TargetNamespaces {
		m.addFor(namespace, "environment/namespace.yaml", nil)
	}
}

func (m *manifests) rights() {
	m.add("role.yaml", nil)
	if !m.options.NoFleet {
		m.add("fleet.yaml", m.nameFleet)
	}
	for _, namespace := range m.options.TargetNamespaces {
		m.addFor(namespace, "environment/role.yaml", nil)
		if m.options.AllowSecrets {
			m.addFor(namespace, "environment/secrets.yaml", nil)
		}
	}
}

// add adds a file of the agent's own namespace, after set has changed its objects.
func (m *manifests) add(file string, set func(*yaml.RNode) error) { m.addFor("", file, set) }

// addFor adds a file of an environment's namespace.
func (m *manifests) addFor(namespace, file string, set func(*yaml.RNode) error) {
	if m.err != nil {
		return
	}
	if err := m.read(namespace, file, set); err != nil {
		m.err = fmt.Errorf("preparing the manifest %s: %w", file, err)
	}
}

func (m *manifests) read(namespace, file string, set func(*yaml.RNode) error) error {
	content, err := files.ReadFile("manifests/" + file)
	if err != nil {
		return err
	}
	objects, err := (&kio.ByteReader{Reader: bytes.NewReader(content), OmitReaderAnnotations: true}).Read()
	if err != nil {
		return err
	}
	for _, object := range objects {
		if err := place(object, m.options.Namespace, namespace); err != nil {
			return err
		}
		if set != nil {
			if err := set(object); err != nil {
				return err
			}
		}
		text, err := object.String()
		if err != nil {
			return err
		}
		m.documents = append(m.documents, []byte(text))
	}
	return nil
}
