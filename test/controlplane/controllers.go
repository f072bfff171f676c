package controlplane

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

//go:embed scheduler.yaml
var schedulerConfig string

// startControllers starts everything that talks to the API server, and waits
// until pods can be created.
func (c *ControlPlane) startControllers(ctx context.Context) error {
	for _, prepare := range []func() ([]string, error){c.controllerManager, c.scheduler, c.kwok} {
		words, err := prepare()
		if err != nil {
			return err
		}
		binary := c.binaries.ControlPlane
		if words[0] == kwok {
			binary = c.binaries.KWOK
		}
		if _, err := c.start(command{name: words[0], binary: binary, args: words[1:]}); err != nil {
			return err
		}
	}
	client, err := kubernetes.NewForConfig(c.admin)
	if err != nil {
		return doing("making a client", err)
	}
	return await(ctx, "the controllers to be ready", c.all(), func(ctx context.Context) error {
		return podsCanBeCreated(ctx, client, metav1.NamespaceDefault)
	})
}

// podsCanBeCreated checks for what every pod needs, and the controller manager
// adds to each namespace a moment after its creation.
func podsCanBeCreated(ctx context.Context, client kubernetes.Interface, namespace string) error {
	_, err := client.CoreV1().ServiceAccounts(namespace).Get(ctx, "default", metav1.GetOptions{})
	if err != nil {
		return err
	}
	_, err = client.CoreV1().ConfigMaps(namespace).Get(ctx, "kube-root-ca.crt", metav1.GetOptions{})
	return err
}

// controllerManager yields the name and the arguments of the process.
func (c *ControlPlane) controllerManager() ([]string, error) {
	const name = "kube-controller-manager"
	_, err := c.credentials.writeKubeconfig(name, c.apiPort, "system:"+name)
	file := c.credentials.path
	return []string{
		name,
		"--kubeconfig=" + file(name+".kubeconfig"),
		"--secure-port=0", "--leader-elect=false", "--profiling=false",
		"--use-service-account-credentials",
		"--service-account-private-key-file=" + file("service-account.key"),
		"--root-ca-file=" + file("ca.crt"),
		"--cluster-signing-cert-file=" + file("ca.crt"), "--cluster-signing-key-file=" + file("ca.key"),
		"--service-cluster-ip-range=" + serviceRange, "--allocate-node-cidrs=false",
		"--kube-api-qps=500", "--kube-api-burst=1000",
	}, err
}

// scheduler yields the name and the arguments of the process.
func (c *ControlPlane) scheduler() ([]string, error) {
	const name = "kube-scheduler"
	if _, err := c.credentials.writeKubeconfig(name, c.apiPort, "system:"+name); err != nil {
		return nil, err
	}
	path := c.credentials.path("scheduler.yaml")
	content := strings.ReplaceAll(schedulerConfig, "KUBECONFIG", c.credentials.path(name+".kubeconfig"))
	return []string{name, "--config=" + path, "--secure-port=0"}, writeSecret(path, []byte(content))
}

// kwok yields the name and the arguments of the process.
func (c *ControlPlane) kwok() ([]string, error) {
	if _, err := c.credentials.writeKubeconfig(kwok, c.apiPort, "system:kwok", admins); err != nil {
		return nil, err
	}
	stages, err := allStages()
	if err != nil {
		return nil, err
	}
	path := c.credentials.path("stages.yaml")
	return []string{
		kwok,
		"--kubeconfig=" + c.credentials.path(kwok+".kubeconfig"),
		"--config=" + path,
		fmt.Sprintf("--manage-nodes-with-annotation-selector=%s=%s", kwokAnnotation, kwokFake),
		"--node-lease-duration-seconds=40",
		"--cidr=10.244.0.1/16", "--node-ip=10.0.0.1",
	}, writeSecret(path, stages)
}
