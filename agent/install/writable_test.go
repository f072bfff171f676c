package install_test

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/yaml"

	"github.com/penstock-dev/penstock/agent/install"
)

// The root file system is read-only, so that each place the agent writes to has to be a volume: the cache,
// and the temporary file through which known_hosts is read. Without the latter, ssh fails in the cluster
// alone.
func TestTheAgentCanWriteWhereItHasTo(t *testing.T) {
	manifests, err := install.Manifests(plain())
	if err != nil {
		t.Fatal(err)
	}
	writable := map[string]bool{}
	for document := range strings.SplitSeq(string(manifests), "\n---\n") {
		var deployment appsv1.Deployment
		if err := yaml.Unmarshal([]byte(document), &deployment); err != nil || deployment.Kind != "Deployment" {
			continue
		}
		volumes := map[string]bool{}
		for _, volume := range deployment.Spec.Template.Spec.Volumes {
			volumes[volume.Name] = volume.EmptyDir != nil
		}
		for _, mount := range deployment.Spec.Template.Spec.Containers[0].VolumeMounts {
			writable[mount.MountPath] = volumes[mount.Name] && !mount.ReadOnly
		}
	}
	for _, path := range []string{"/tmp", "/var/cache/penstock"} {
		if !writable[path] {
			t.Errorf("%s is not writable: %v", path, writable)
		}
	}
}
