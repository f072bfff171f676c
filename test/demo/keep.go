package demo

import (
	"context"
	"path/filepath"
)

// keep leaves everything running until the context ends, and says how to use it.
func (s *stage) keep(ctx context.Context, played error) {
	if played != nil {
		s.failed(played)
	}
	if s.cluster == nil || s.publicDoor == nil {
		return // there is nothing to look at
	}
	s.say("Everything is still running. Look around with kubectl:")
	s.toCopy("export KUBECONFIG=" + s.cluster.KubeconfigPath())
	s.toCopy("kubectl get modeldeployments -A --watch")
	s.say("Be an engineer: clone the repository, edit a model, commit and push. The token is in the URL.")
	s.toCopy("export GIT_SSL_CAINFO=" + filepath.Join(s.path("engineer-secret"), "ca.crt"))
	s.toCopy("git clone " + s.cloneURL() + " models")
	s.toCopy("cd models && $EDITOR " + devPlacement + " && git commit -am 'Try it' && git push")
	s.say("The agent's log is in %s.", s.log.Name())
	s.say("Ctrl-C stops and removes all of it.")
	if s.err == nil {
		<-ctx.Done()
	}
}
