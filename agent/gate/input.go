package gate

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/policies"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/render/fit"
)

// inputOf is all that policies can see of a subject. What costs reading or reckoning and no selected policy refers to is
// left out, unless all of it is asked for. The notes say what was found and does not count.
func (r *Rules) inputOf(s *Subject, all []maker, everything bool) (*policies.Input, []string, error) {
	env := r.environments[s.Unit.Environment.Name]
	refers := func(variable string) bool {
		return everything || slices.ContainsFunc(env.selected, func(p policies.Selection) bool { return p.Policy.Refers(variable) })
	}
	o := s.object()
	in := &policies.Input{
		Unit: s.unitInput(), Change: s.changeOf(all), Now: s.Now,
		Environment: policies.EnvironmentInput{Name: s.Unit.Environment.Name, Namespace: env.spec.Namespace, PromotedFrom: env.spec.PromotedFrom},
		Model:       policies.ModelInput{License: licenseOf(o)},
		Windows:     windowsInput(env.windows.At(s.Now)),
	}
	if err := s.addObjects(in); err != nil {
		return nil, nil, err
	}
	in.GPU = s.gpus(env, refers("gpu.environment") || refers("gpu.team"))
	unheard, err := s.addAsked(in, refers)
	if err != nil {
		return nil, nil, err
	}
	var notes, more []string
	in.Approvals, notes = r.approvalsOf(s, all)
	notes = append(notes, unheard...)
	if refers("scans") {
		in.Scans, more = r.scansOf(s)
		notes = append(notes, more...)
	}
	if refers("evaluations") {
		in.Evaluations, more = r.evaluationsOf(s)
		notes = append(notes, more...)
	}
	return in, notes, nil
}

// addAsked adds what takes time to find out and is referred to.
func (s *Subject) addAsked(in *policies.Input, refers func(string) bool) (notes []string, err error) {
	if refers("change.lines") && s.Lines != nil {
		if in.Change.Lines, err = s.Lines(); err != nil {
			return nil, fmt.Errorf("decide on %s: count the lines that differ: %w", s.Unit.ID(), err)
		}
	}
	if refers("change.units") && s.Units != nil {
		in.Change.Units = s.Units()
	}
	if refers("capacity") && s.Capacity != nil {
		in.Capacity = s.Capacity()
	}
	if refers("evidence") && (s.Elsewhere != nil || s.Witnesses != nil) {
		in.Evidence, notes = s.evidence()
	}
	return notes, nil
}

func (s *Subject) unitInput() policies.UnitInput {
	o := s.object()
	u := policies.UnitInput{
		ID: s.Unit.ID(), Name: s.Unit.Name, Team: teamOf(o.Descriptor), Content: s.Content(),
		Release: o.ReleaseID, ReleaseDigest: digestOf(o),
	}
	if s.Admitted != nil {
		u.PreviousRelease = s.Admitted.ReleaseID
	}
	return u
}

// addObjects adds what is wanted and what was admitted, without the values of Secrets. The Jobs of evaluations are among it:
// they run too, once the release is healthy.
func (s *Subject) addObjects(in *policies.Input) (err error) {
	if s.Admitted != nil {
		if in.Previous, err = descriptorOf(s.Admitted); err != nil {
			return err
		}
	}
	if s.Wanted == nil {
		return nil
	}
	if in.Descriptor, err = descriptorOf(s.Wanted); err != nil {
		return err
	}
	jobs, err := render.EvaluationJobs(s.Wanted)
	if err != nil {
		return fmt.Errorf("render the evaluations of %s: %w", s.Unit.ID(), err)
	}
	for _, item := range slices.Concat(s.Wanted.Redacted().Items, jobs) {
		in.Objects = append(in.Objects, item.Object)
	}
	return nil
}

// descriptorOf is a descriptor as JSON has it.
func descriptorOf(o *render.Objects) (map[string]any, error) {
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o.Descriptor)
	if err != nil {
		return nil, fmt.Errorf("read the descriptor of %s: %w", o.Unit.ID(), err)
	}
	delete(m, "status")
	return m, nil
}

// gpus are those of what is wanted; a removal takes none.
func (s *Subject) gpus(env *environmentRules, withSums bool) policies.GPU {
	var before *Load
	if s.Admitted != nil {
		load := LoadOf(s.Unit.ID(), s.Admitted.Descriptor, env.spec.GPUPrices)
		before = &load
	}
	var loads []Load
	if withSums && s.Loads != nil {
		loads = s.Loads()
	}
	if s.Wanted == nil {
		gpu := policies.GPU{Previous: &policies.Sum{GPUs: before.GPUs, CostPerHour: before.Cost}}
		gpu.Environment, gpu.Team = sums(loads, before.Team)
		return gpu
	}
	return gpuInput(s.Wanted, before, LoadOf(s.Unit.ID(), s.Wanted.Descriptor, env.spec.GPUPrices), loads)
}

// evidence is what is known of the wanted release in other environments, and what should be known and is not. Where records
// are asked for, the status in the cluster is not: whoever may write there is not whom the rules trust.
func (s *Subject) evidence() (map[string]policies.Evidence, []string) {
	if s.Wanted == nil {
		return nil, nil
	}
	all, digest, witnesses := map[string]policies.Evidence{}, digestOf(s.Wanted), map[string]Witness{}
	if s.Witnesses != nil {
		witnesses = s.Witnesses()
	}
	statuses := map[string]v1alpha1.ModelDeploymentStatus{}
	if s.Elsewhere != nil {
		statuses = s.Elsewhere()
	}
	for name, status := range statuses {
		if found, ok := EvidenceOf(status, digest, s.Now); ok {
			all[name] = found
		}
	}
	for name, witness := range witnesses {
		delete(all, name)
		if found, ok := witness.evidence(s.Unit.Name, digest, s.Now); ok {
			all[name] = found
		}
	}
	return all, unheard(witnesses)
}

// licenseOf is the licence that the descriptor names, or else the catalogue of well-known models.
func licenseOf(o *render.Objects) string {
	model := o.Descriptor.Spec.Release.Model
	facts, _ := fit.Lookup(model.Source)
	return cmp.Or(model.License, facts.License)
}
