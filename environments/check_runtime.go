package environments

import (
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// EngineCustom is the engine that brings its own container.
const EngineCustom = "custom"

// runtime checks the server. What an engine can do, render knows from its runtime.yaml.
func (c *specCheck) runtime() {
	r := c.spec.Release.Runtime
	const path = "spec.release.runtime"
	c.legible(path+".healthPath", r.HealthPath)
	c.variables(path+".env", r.Env)
	c.plainWords(path+".command", r.Command)
	c.plainWords(path+".args", r.Args)
	for i, adapter := range r.Adapters {
		at := indexed(path+".adapters", i)
		if adapter.Name == c.unit.Name {
			c.refuse(at+".name", "choose another name", "%s is the name by which callers ask for the model itself", adapter.Name)
		}
		if _, _, ok := strings.Cut(adapter.Source, "://"); ok {
			c.adapter(at, adapter)
		}
	}
	if r.MaxAdapterRank != nil && len(r.Adapters) == 0 {
		c.refuse(path+".maxAdapterRank", "add adapters, or delete it", "there are no adapters")
	}
}

// adapter checks that somebody can fetch it, and just that revision of it. Servers take adapters by
// repository, but none takes a revision: only a prepare step can.
func (c *specCheck) adapter(path string, adapter v1alpha1.Adapter) {
	const prepare = "add spec.release.model.prepare, which fetches it"
	model := c.spec.Release.Model
	scheme, _, _ := strings.Cut(adapter.Source, "://")
	modelScheme, _, _ := strings.Cut(model.Source, "://")
	c.source(path+".source", adapter.Source, "give the prepare step a Secret in its env")
	switch {
	case scheme == "model":
		if model.Prepare == nil && !slices.Contains(mounted, modelScheme) {
			c.refuse(path+".source", "name its repository, as in hf://owner/name", "a model from %s:// has no directory in which the server could find an adapter", modelScheme)
		}
		if adapter.Revision != "" {
			c.refuse(path+".revision", "delete it", "an adapter in the model's directory has the model's revision")
		}
	case model.Prepare != nil:
		c.pinned(path+".revision", scheme, adapter.Revision)
	case scheme != "hf":
		c.refuse(path+".source", prepare, "no server fetches an adapter from %s:// by itself", scheme)
	case adapter.Revision != "":
		mend := prepare
		if c.unit.Environment.AllowsFloatingRevisions() {
			mend += "; or delete the revision"
		}
		c.refuse(path+".revision", mend, "a server that fetches an adapter by itself always takes its newest revision")
	case !c.unit.Environment.AllowsFloatingRevisions():
		c.missing(path+".revision", prepare+" at the revision that you write; or "+c.allowing(),
			"the field is missing, and a server that fetches an adapter by itself always takes its newest revision: what is served must not change by itself")
	}
}
