package environments

import (
	"strings"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// OwnVariables is how the names of all environment variables begin that Penstock gives to an evaluation.
const OwnVariables = "PENSTOCK_"

// evaluations checks how the model is measured.
func (c *specCheck) evaluations() {
	for i, e := range c.spec.Evaluations {
		c.evaluation(indexed("spec.evaluations", i), e)
	}
}

func (c *specCheck) evaluation(path string, e v1alpha1.Evaluation) {
	c.measuredBy(path+".image", e.Image)
	c.variables(path+".env", e.Env)
	c.plainWords(path+".command", e.Command)
	c.plainWords(path+".args", e.Args)
	for i, variable := range e.Env {
		if strings.HasPrefix(variable.Name, OwnVariables) {
			c.refuse(indexed(path+".env", i)+".name", "choose another name", "variables whose names begin with %s are set by Penstock", OwnVariables)
		}
	}
	c.dataset(path, e)
	for i, metric := range e.Metrics {
		c.limits(indexed(path+".metrics", i), metric)
	}
	c.resources(path+".resources", e.Resources)
	c.lasts(path+".timeout", e.Timeout, timeouts)
}

// measuredBy refuses an image that may become another one, where the environment takes nothing that floats: nobody
// could tell later what a number was measured by. Of the images that serve the model the policy image-by-digest asks it.
func (c *specCheck) measuredBy(field, image string) {
	if _, sum, _ := strings.Cut(image, "@"); digest.MatchString(sum) || c.unit.Environment.AllowsFloatingRevisions() {
		return
	}
	c.refuse(field, "write it as in name:tag@sha256:…, with the digest that docker buildx imagetools inspect shows; or "+c.allowing(),
		"expected an image by its digest, since a number is evidence only if it is known what measured it, found %s", foundString(nil, image))
}

// dataset checks what is measured with, as the source of a model is checked.
func (c *specCheck) dataset(path string, e v1alpha1.Evaluation) {
	if e.Dataset == "" {
		if e.DatasetRevision != "" {
			c.refuse(path+".datasetRevision", "add dataset, or delete it", "there is no dataset that it could be a revision of")
		}
		return
	}
	c.source(path+".dataset", e.Dataset, "give the evaluation a Secret in its env")
	scheme, _, _ := strings.Cut(e.Dataset, "://")
	c.fixed(path+".datasetRevision", scheme, e.DatasetRevision, "numbers compare only if they are measured with the same data")
}

// limits checks what a metric has to be.
func (c *specCheck) limits(path string, m v1alpha1.MetricLimits) {
	c.legible(path+".name", m.Name)
	if m.Min != nil && m.Max != nil && m.Max.Cmp(*m.Min) < 0 {
		c.invalid(path+".max", "raise max, or lower min", "expected at least min, %s, found %s", cut(m.Min.String()), cut(m.Max.String()))
	}
}
