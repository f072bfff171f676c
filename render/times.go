package render

import (
	"math"
	"strings"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

const (
	// unheardSeconds is how long it may take until every proxy has heard that an endpoint is gone.
	unheardSeconds = 15
	// exitSeconds is how long a server without requests may take to exit.
	exitSeconds = 10
	// drainFactor leaves room for requests that take longer than they should.
	drainFactor = 1.5
	// defaultMaxRequestSeconds is how long one request may take unless told.
	defaultMaxRequestSeconds = 60

	// imagePullSeconds is what pulling an image of some 10 GB may take.
	imagePullSeconds = 600
	// startupPeriodSeconds is how often the startup probe asks. It is written in base/deployment.yaml too.
	startupPeriodSeconds = 10
	// minStartupSeconds is enough for small models, and the budget of those whose size is unknown.
	minStartupSeconds = 600
	// maxStartupSeconds is the most that the descriptor may ask for.
	maxStartupSeconds = 86_400
	// loadFactor and warmupSeconds leave room for slow days, and for compiling kernels after the weights.
	loadFactor    = 1.5
	warmupSeconds = 180
)

// Bytes of weights in a second, on the safe side. spec.release.runtime.startupSeconds overrides what
// follows from them.
var downloadRate = map[string]float64{
	// A 1,044 GiB checkpoint took between 75 and 120 minutes from the hub: 155 to 250 MB/s
	// (aws-samples/aws-do-eks pull request 40).
	"hf": 200e6,
	// KServe measured 140 GB in 2,319 s from S3, which is 60 MB/s. loadFactor is in it already.
	"s3": 90e6, "gs": 90e6, "https": 90e6,
	// KServe measured 4,585 s for 140 GB as an image, pulled before the container starts.
	"oci": 45e6,
}

// localRate is for weights that are on the node or on a shared volume already. A guess for network volumes.
const localRate = 300e6

// addTimes adds how long things may take.
func (v values) addTimes(m *v1alpha1.ModelDeployment, e *engine) {
	startup, preStop, grace := startupSeconds(m), e.preStopSeconds(m), e.graceSeconds(m)
	v["maxRequestMilliseconds"] = int64(maxRequestSeconds(m)) * 1000
	v["startup"] = map[string]any{"seconds": startup, "failureThreshold": (startup + startupPeriodSeconds - 1) / startupPeriodSeconds}
	v["shutdown"] = map[string]any{"preStopSeconds": preStop, "drainSeconds": grace - preStop - exitSeconds, "graceSeconds": grace}
	v["progressDeadlineSeconds"] = startup + grace + beforeStartSeconds(m)
}

// startupSeconds is how long a replica may take from the start of its server until it serves.
func startupSeconds(m *v1alpha1.ModelDeployment) int64 {
	if told := m.Spec.Release.Runtime.StartupSeconds; told != nil {
		return int64(*told)
	}
	model := m.Spec.Release.Model
	rate := downloadRate[scheme(model)]
	if modelDirectory(m.Spec.Release) != "" {
		rate = localRate
	}
	return loadSeconds(model, rate, warmupSeconds)
}

// beforeStartSeconds is how long a replica may take before its server starts: pulling its image and that of
// the model, and preparing the model.
func beforeStartSeconds(m *v1alpha1.ModelDeployment) int64 {
	model, seconds := m.Spec.Release.Model, int64(imagePullSeconds)
	if scheme(model) == "oci" {
		seconds += loadSeconds(model, downloadRate["oci"], 0)
	}
	if p := model.Prepare; p != nil {
		seconds += prepareSeconds(model)
	}
	return seconds
}

// prepareSeconds is how long the prepare step may take. Converting reads and writes all weights once more.
func prepareSeconds(model v1alpha1.Model) int64 {
	if told := model.Prepare.TimeoutSeconds; told != nil {
		return int64(*told)
	}
	rate := downloadRate[scheme(model)]
	if rate == 0 {
		rate = localRate
	}
	return min(loadSeconds(model, rate, 0)+loadSeconds(model, localRate, 0), maxStartupSeconds)
}

// loadSeconds is how long weights take at a rate, within the bounds of what makes sense.
func loadSeconds(model v1alpha1.Model, rate, extra float64) int64 {
	weights := float64(weightBytes(model))
	if weights <= 0 || rate <= 0 {
		return minStartupSeconds
	}
	needed := math.Ceil(loadFactor*weights/rate) + extra
	return int64(min(max(needed, minStartupSeconds), maxStartupSeconds))
}

// preStopSeconds is how long a replica that stops goes on as if nothing were: until every proxy has heard that
// it is gone and, if the signal to stop would cut off what runs, until that has ended.
func (e *engine) preStopSeconds(m *v1alpha1.ModelDeployment) int64 {
	if e.Drain == drainsBefore {
		return unheardSeconds + int64(maxRequestSeconds(m))
	}
	return unheardSeconds
}

// graceSeconds is how long a replica that stops may take in all. One that has finished its requests before the
// signal has nothing to do after it, and some ignore the signal: they would hold their GPUs for all of it.
func (e *engine) graceSeconds(m *v1alpha1.ModelDeployment) int64 {
	if e.Drain == drainsBefore {
		return e.preStopSeconds(m) + exitSeconds
	}
	return exitSeconds + int64(math.Ceil(float64(unheardSeconds+maxRequestSeconds(m))*drainFactor))
}

func maxRequestSeconds(m *v1alpha1.ModelDeployment) int32 {
	return or(m.Spec.Release.Runtime.MaxRequestSeconds, defaultMaxRequestSeconds)
}

func scheme(model v1alpha1.Model) string {
	scheme, _, _ := strings.Cut(model.Source, "://")
	return scheme
}
