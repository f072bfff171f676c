package controlplane_test

import (
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/test/controlplane"
)

func TestRequestsAreCounted(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	namespace := cp.Namespace(t)
	config := cp.RESTConfig()
	config.UserAgent = "audit-test"
	client := clientFor(t, config)
	before := time.Now()
	for range 3 {
		if _, err := client.CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.CoreV1().Pods(namespace).UpdateStatus(t.Context(), podWith("a"), metav1.UpdateOptions{}); err == nil {
		t.Fatal("the status of a pod that does not exist was updated")
	}
	watcher, err := client.CoreV1().ConfigMaps(namespace).Watch(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	watcher.Stop()
	all, err := cp.Requests(before)
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(r controlplane.Request) bool { return r.UserAgent != "audit-test" })
	for i := range all {
		all[i].Time, all[i].URI = time.Time{}, ""
	}
	request := func(verb, resource, subresource, name string, code int) controlplane.Request {
		return controlplane.Request{
			User: "penstock-test-admin", UserAgent: "audit-test", Verb: verb,
			Resource: resource, Subresource: subresource, Namespace: namespace, Name: name, Code: code,
		}
	}
	list := request("list", "pods", "", "", 200)
	want := []controlplane.Request{list, list, list, request("update", "pods", "status", "a", 404), request("watch", "configmaps", "", "", 200)}
	if !slices.Equal(all, want) {
		t.Errorf("got\n%+v\nwant\n%+v", all, want)
	}
}

// TestComponentsAreNotCounted is what lets another test say that an idle agent
// sends nothing: a pod's whole life leaves no trace but its creation.
func TestComponentsAreNotCounted(t *testing.T) {
	t.Parallel()
	cp := controlplane.ForTest(t)
	client, namespace := clientFor(t, cp.RESTConfig()), cp.Namespace(t)
	before := time.Now()
	create(t, client, namespace, podWith("a"))
	podUntil(t, client, namespace, "a", isReady)
	requests, err := cp.Requests(before)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range requests {
		mine := r.User == "penstock-test-admin" && (r.Verb == "create" || r.Verb == "get")
		if r.Namespace == namespace && r.Resource == corev1.ResourcePods.String() && !mine {
			t.Errorf("counted %+v", r)
		}
	}
}
