package environments

import (
	"fmt"
	"strings"

	"github.com/penstock-dev/penstock/environments/document"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// EngineCustom is the engine that brings its own container.
const EngineCustom = "custom"

// runtime checks the server. What an engine can do, render knows from its runtime.yaml.
func (c *specCheck) runtime() {
	r := c.spec.Release.Runtime
	c.environment("spec.release.runtime.env", r.Env)
	for i, adapter := range r.Adapters {
		c.adapter(fmt.Sprintf("spec.release.runtime.adapters[%d]", i), adapter)
	}
	if r.MaxAdapterRank != nil && len(r.Adapters) == 0 {
		c.refuse("spec.release.runtime.maxAdapterRank", "add adapters, or delete it", "there are no adapters")
	}
}

// environment asks for exactly one of value and secretKeyRef.
func (c *specCheck) environment(list string, env []v1alpha1.EnvVar) {
	for i, variable := range env {
		path := fmt.Sprintf("%s[%d]", list, i)
		_, literal := valueAt(c.said, document.Steps(path+".value"))
		switch {
		case literal && variable.SecretKeyRef != nil:
			c.refuse(path, "delete one", "%s has both value and secretKeyRef; expected one of them", cut(variable.Name))
		case !literal && variable.SecretKeyRef == nil:
			c.missing(path, `add value ("" for an empty one) or secretKeyRef`,
				"%s has neither value nor secretKeyRef; expected one of them", cut(variable.Name))
		}
	}
}

// adapter checks that somebody can fetch it, and just that revision of it. Servers take adapters by
// repository, but none takes a revision: only a prepare step can.
func (c *specCheck) adapter(path string, adapter v1alpha1.Adapter) {
	model := c.spec.Release.Model
	scheme, location, _ := strings.Cut(adapter.Source, "://")
	modelScheme, _, _ := strings.Cut(model.Source, "://")
	switch {
	case strings.Contains(location, "@"):
		c.refuse(path+".source", "remove it, and give the prepare step a Secret", "the URL has an @, and what is before it would be shown wherever the source is")
	case scheme == "model":
		if model.Prepare == nil && modelScheme != "oci" && modelScheme != "pvc" {
			c.refuse(path+".source", "name its repository, as in hf://owner/name", "a model from %s:// has no directory in which the server could find it", modelScheme)
		}
	case model.Prepare != nil:
		c.pinned(path+".revision", scheme, adapter.Revision)
	case scheme != "hf":
		c.refuse(path+".source", "add spec.release.model.prepare, which fetches it", "no server fetches an adapter from %s:// by itself", scheme)
	case adapter.Revision != "":
		c.refuse(path+".revision", "add spec.release.model.prepare, which fetches it; or delete the revision", "a server that fetches an adapter by itself always takes its newest revision")
	default:
		c.pinned(path+".revision", scheme, "")
	}
}
