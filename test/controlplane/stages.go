package controlplane

import (
	"bytes"
	"embed"
	"path"
)

//go:embed stages/*.yaml
var stageFiles embed.FS

// A Behaviour is the fate of a pod, told by the annotation [BehaviourAnnotation]
// or by an environment variable [BehaviourVariable] in any of its containers;
// the annotation goes first. A pod without either becomes ready in about a
// second, and a Job's pod then succeeds.
type Behaviour string

const (
	// Slow pods become ready only after five seconds, or after the duration that
	// the annotation simulate.penstock.dev/ready-after says, such as 1500ms.
	Slow Behaviour = "slow"
	// Crash lets the containers fail again and again: CrashLoopBackOff, or, where
	// the pod is never restarted, a Failed pod.
	Crash Behaviour = "crash"
	// InitCrash lets the init containers fail again and again, as a failed download
	// does: Init:CrashLoopBackOff, or, where the pod is never restarted, a Failed
	// pod. A pod without init containers becomes ready.
	InitCrash Behaviour = "init-crash"
	// NeverReady pods run, and never become ready.
	NeverReady Behaviour = "never-ready"
	// Unpullable pods never get their image: ImagePullBackOff.
	Unpullable Behaviour = "unpullable"
)

const (
	// BehaviourAnnotation on a pod tells its Behaviour.
	BehaviourAnnotation = "simulate.penstock.dev/behaviour"
	// ReadyAfterAnnotation on a Slow pod tells how long it is slow.
	ReadyAfterAnnotation = "simulate.penstock.dev/ready-after"
	// BehaviourVariable in a container's environment tells the pod's Behaviour. A
	// model's descriptor can set a variable, but not an annotation.
	BehaviourVariable = "SIMULATE"
	// MessageVariable in a container's environment is what the containers of a Job's
	// pod leave as their termination message when it succeeds.
	MessageVariable = "SIMULATE_MESSAGE"
)

// allStages are the stage files as one configuration file for KWOK.
func allStages() ([]byte, error) {
	entries, err := stageFiles.ReadDir("stages")
	if err != nil {
		return nil, doing("listing the stages", err)
	}
	var all bytes.Buffer
	for _, entry := range entries {
		content, err := stageFiles.ReadFile(path.Join("stages", entry.Name()))
		if err != nil {
			return nil, doing("reading the stages", err)
		}
		all.WriteString("---\n")
		all.Write(content)
	}
	return all.Bytes(), nil
}
