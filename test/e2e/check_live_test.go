package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/agent/check"
	"github.com/penstock-dev/penstock/agent/check/cluster"
	"github.com/penstock-dev/penstock/agent/records"
	"github.com/penstock-dev/penstock/agent/source"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
	"github.com/penstock-dev/penstock/render"
	"github.com/penstock-dev/penstock/test/gitserver"
)

// change commits files to the branch change, which begins where main is, and checks it: with what the cluster tells a
// user, or without a cluster.
func (w *world) change(files map[string]string, user *rest.Config) (*check.Report, error) {
	w.t.Helper()
	base, err := w.repo.Head("main")
	if err != nil {
		w.t.Fatal(err)
	}
	w.repo.Commit(gitserver.Change{Branch: "change", Onto: base, Message: "Change it", Files: files})
	clone, err := source.OpenClone(w.repo.Dir())
	if err != nil {
		w.t.Fatal(err)
	}
	defer clone.Close()
	main, err := clone.Resolve("main")
	if err != nil {
		w.t.Fatal(err)
	}
	head, err := clone.Resolve("change")
	if err != nil {
		w.t.Fatal(err)
	}
	options := check.Options{Now: time.Now()}
	if user != nil {
		live, err := cluster.Connect(w.t.Context(), user, "test")
		if err != nil {
			w.t.Fatal(err)
		}
		defer live.Close()
		options.Live = live
	}
	tips, err := clone.Branches(records.Branch(""))
	if err != nil {
		w.t.Fatal(err)
	}
	known := map[string]string{}
	for name, tip := range tips {
		known[strings.TrimPrefix(name, records.Branch(""))] = tip
	}
	trees := check.Trees{Base: main, Fork: main, HeadCommit: head, Head: head, History: clone.History(), At: clone.Resolve, Records: known}
	return check.Run(w.t.Context(), render.New(), trees, options)
}

// wantChange checks a change and looks for parts of the report.
func (w *world) wantChange(files map[string]string, user *rest.Config, parts ...string) *check.Report {
	w.t.Helper()
	report, err := w.change(files, user)
	if err != nil {
		w.t.Fatal(err)
	}
	var text strings.Builder
	if err := check.WriteText(&text, report); err != nil {
		w.t.Fatal(err)
	}
	for _, part := range parts {
		if !strings.Contains(text.String(), part) {
			w.t.Errorf("no %q in:\n%s", part, text.String())
		}
	}
	return report
}

// TestCheckKnowsHowAReleaseHasBeenElsewhere: what the agent wrote into the status of staging lets the release into prod.
func TestCheckKnowsHowAReleaseHasBeenElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	staging, files := w.environment("staging")
	_, prod := w.environment("prod", "  promotedFrom: staging\n  policies: [{name: promoted-from}]\n")
	files["environments/staging/promotee/model.yaml"] = echo("promotee", "args: [one]")
	w.commit("Serve it in staging", merged(files, prod))
	w.start(w.config())
	w.ready(staging, "promotee", metav1.ConditionTrue, v1alpha1.ReasonHealthy)

	admin := w.cp.RESTConfig()
	same := map[string]string{"environments/prod/promotee/model.yaml": echo("promotee", "args: [one]")}
	other := map[string]string{"environments/prod/promotee/model.yaml": echo("promotee", "args: [two]")}
	w.wantChange(same, admin, "prod/promotee: Admitted\n", "admitted: 1 unit changes")
	w.wantChange(other, admin, "prod/promotee: Held\n", "error: promoted-from: ")
	w.wantChange(same, nil, "prod/promotee: Held\n", "error: promoted-from: ", "how releases are in other environments is not known here: with --kubeconfig the cluster is asked")
}

// TestCheckKnowsFromRecordsHowAReleaseHasBeen, from a clone alone; and where records are asked for, the word of whoever may write
// into a status does not count.
func TestCheckKnowsFromRecordsHowAReleaseHasBeen(t *testing.T) {
	t.Parallel()
	w, key := newWorld(t), newRecordsKey(t)
	staging, files := w.environment("staging", key.signs())
	_, prod := w.environment("prod", "  promotedFrom: staging\n  policies: [{name: promoted-from}]\n", key.trusted("staging"))
	files["environments/staging/promotee/model.yaml"] = echo("promotee", "args: [one]")
	w.commit("Serve it in staging", merged(files, prod))
	config := w.signing(key)
	config.Environments = []string{"staging"}
	w.start(config)
	w.ready(staging, "promotee", metav1.ConditionTrue, v1alpha1.ReasonHealthy)
	w.recorded("staging", records.Admitted, records.Applied, records.Healthy)

	same := map[string]string{"environments/prod/promotee/model.yaml": echo("promotee", "args: [one]")}
	other := map[string]string{"environments/prod/promotee/model.yaml": echo("promotee", "args: [two]")}
	w.wantChange(same, nil, "prod/promotee: Admitted\n", "admitted: 1 unit changes")
	w.wantChange(other, nil, "prod/promotee: Held\n", "error: promoted-from: ")
	if err := w.repo.DeleteBranch(records.Branch("staging")); err != nil {
		t.Fatal(err)
	}
	w.wantChange(same, w.cp.RESTConfig(), "prod/promotee: Held\n", "error: promoted-from: ", "the records of staging are no evidence")
}

// TestCheckSaysWhetherThereIsRoom, by the nodes that there are.
func TestCheckSaysWhetherThereIsRoom(t *testing.T) {
	t.Parallel()
	w := onFleet(t, gpus(h100, 4))
	_, files := w.environment("dev", "  policies: [{name: room}]\n")
	w.commit("Begin", merged(files, policy("room", "!has(capacity.schedulable) || capacity.schedulable", "there is no room")))
	admin := w.cp.RESTConfig()
	model := func(replicas int) map[string]string {
		return map[string]string{"environments/dev/llama/model.yaml": llama("llama", h100, 1, replicas)}
	}
	w.wantChange(model(4), admin, "dev/llama: Admitted\n", "  room: ")
	report := w.wantChange(model(5), admin, "dev/llama: Held\n", "error: room: there is no room", "  room: ")
	if !strings.Contains(report.Units[0].Room, "4 of 5") {
		t.Errorf("it says of the room: %s", report.Units[0].Room)
	}
	w.wantChange(model(5), nil, "dev/llama: Admitted\n", "whether the cluster has room is not known here: with --kubeconfig the cluster is asked")
}

// TestCheckHasTheAPIServerSayWhatItWouldRefuse: a policy of the cluster and a quota, before the merge.
func TestCheckHasTheAPIServerSayWhatItWouldRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	namespace, files := w.environment("dev")
	files["environments/dev/quiet/model.yaml"] = echo("quiet")
	w.commit("Begin", files)
	admin := w.cp.RESTConfig()
	model := map[string]string{"environments/dev/loud/model.yaml": echo("loud") + "  scaling: {min: 2}\n"}
	// The namespace is not there yet: the agent will make it.
	w.wantChange(model, admin, "dev/loud: Admitted\n")

	w.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	w.wantChange(model, admin, "dev/loud: Admitted\n")
	w.create(denial(namespace, "penstock-check-alone", "object.spec.replicas <= 1", "one replica is enough")...)
	w.eventually(func() error {
		report, err := w.change(model, admin)
		if err != nil {
			return err
		}
		if refused := strings.Join(report.Units[0].Refused, "\n"); !strings.Contains(refused, "Deployment loud: ") || !strings.Contains(refused, "one replica is enough") {
			return fmt.Errorf("the API server refuses nothing: %+v", report.Units[0])
		}
		return nil
	})
	w.wantChange(model, admin, "dev/loud: Held\n", "error: cluster/penstock-check-alone: Deployment/loud: one replica is enough", "error: ServerDryRun: Deployment loud: ")
	w.wantChange(map[string]string{"environments/dev/loud/model.yaml": echo("loud")}, admin, "dev/loud: Admitted\n")

	quota := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "none", Namespace: namespace}, Spec: corev1.ResourceQuotaSpec{Hard: noServices}}
	w.create(quota)
	w.eventually(func() error { // the quota controller, where there is one, writes the same
		if err := w.client.Get(t.Context(), client.ObjectKeyFromObject(quota), quota); err != nil {
			return err
		}
		quota.Status = corev1.ResourceQuotaStatus{Hard: noServices, Used: noServices}
		return w.client.Status().Update(t.Context(), quota)
	})
	w.eventually(func() error {
		report, err := w.change(map[string]string{"environments/dev/loud/model.yaml": echo("loud")}, admin)
		if err != nil {
			return err
		}
		if refused := strings.Join(report.Units[0].Refused, "\n"); !strings.Contains(refused, "exceeded quota: none") {
			return fmt.Errorf("the quota refuses nothing: %s", refused)
		}
		return nil
	})
}

// noServices is a quota of nothing.
var noServices = corev1.ResourceList{"count/services": resource.MustParse("0"), "count/deployments.apps": resource.MustParse("0")}

// TestCheckTellsAMissingRightFromARefusal: what may not be asked cannot be told.
func TestCheckTellsAMissingRightFromARefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	namespace, files := w.environment("dev")
	w.commit("Begin", files)
	w.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	model := map[string]string{"environments/dev/echo/model.yaml": echo("echo")}

	nobody := w.user("check-nobody")
	if _, err := w.change(model, nobody); err == nil || !strings.Contains(err.Error(), "asking the cluster what it runs: listing ModelDeployments: ") {
		t.Errorf("nobody: %v", err)
	}
	reader := w.user("check-reader", rbacv1.PolicyRule{APIGroups: []string{"penstock.dev"}, Resources: []string{"*"}, Verbs: []string{"get", "list"}})
	if report, err := w.change(model, reader); err == nil || !strings.Contains(err.Error(), "asking the API server about ") || !strings.Contains(err.Error(), "cannot patch resource") {
		t.Errorf("who may not try: %+v, %v", report, err)
	}
	// Patch alone is enough for what exists; what does not has to be created.
	patcher := w.user("check-patcher",
		rbacv1.PolicyRule{APIGroups: []string{"penstock.dev"}, Resources: []string{"*"}, Verbs: []string{"get", "list"}},
		rbacv1.PolicyRule{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"patch"}})
	if report, err := w.change(model, patcher); err == nil || !strings.Contains(err.Error(), "asking the API server about ") {
		t.Errorf("who may not create: %+v, %v", report, err)
	}
	w.create(denial(namespace, "penstock-check-rights", "false", "nothing is let in")...)
	writer := w.user("check-writer",
		rbacv1.PolicyRule{APIGroups: []string{"penstock.dev"}, Resources: []string{"*"}, Verbs: []string{"get", "list"}},
		rbacv1.PolicyRule{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"patch", "create"}})
	w.eventually(func() error {
		report, err := w.change(model, writer)
		if err != nil {
			return err
		}
		if notes := strings.Join(report.Notes, "\n"); !strings.Contains(notes, "the cluster's own admission policies are not known: listing ValidatingAdmissionPolicies: ") {
			return fmt.Errorf("it is not said that policies cannot be listed: %s", notes)
		}
		if refused := strings.Join(report.Units[0].Refused, "\n"); !strings.Contains(refused, "nothing is let in") {
			return fmt.Errorf("the API server refuses nothing: %+v", report.Units[0])
		}
		return nil
	})
}

// create makes objects that go with the test.
func (w *world) create(objects ...client.Object) {
	w.t.Helper()
	for _, object := range objects {
		if err := w.client.Create(w.t.Context(), object); err != nil {
			w.t.Fatal(err)
		}
		w.t.Cleanup(func() { _ = w.client.Delete(context.Background(), object) })
	}
}

// user is somebody with these rights in the whole cluster.
func (w *world) user(name string, rules ...rbacv1.PolicyRule) *rest.Config {
	w.t.Helper()
	if len(rules) > 0 {
		w.create(
			&rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: rules},
			&rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: name}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
				Subjects: []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: name}}})
	}
	config, err := w.cp.User(name)
	if err != nil {
		w.t.Fatal(err)
	}
	return config
}

// denial is a ValidatingAdmissionPolicy about Deployments in a namespace, with its binding.
func denial(namespace, name, expression, message string) []client.Object {
	here := &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: namespace}} // other tests share the cluster
	return []client.Object{
		&admissionregistrationv1.ValidatingAdmissionPolicy{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Spec: admissionregistrationv1.ValidatingAdmissionPolicySpec{
				MatchConstraints: &admissionregistrationv1.MatchResources{ResourceRules: []admissionregistrationv1.NamedRuleWithOperations{{
					RuleWithOperations: admissionregistrationv1.RuleWithOperations{
						Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create, admissionregistrationv1.Update},
						Rule:       admissionregistrationv1.Rule{APIGroups: []string{"apps"}, APIVersions: []string{"v1"}, Resources: []string{"deployments"}},
					},
				}}},
				Validations: []admissionregistrationv1.Validation{{Expression: expression, Message: message}},
			},
		},
		&admissionregistrationv1.ValidatingAdmissionPolicyBinding{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Spec: admissionregistrationv1.ValidatingAdmissionPolicyBindingSpec{
				PolicyName: name, ValidationActions: []admissionregistrationv1.ValidationAction{admissionregistrationv1.Deny},
				MatchResources: &admissionregistrationv1.MatchResources{NamespaceSelector: here},
			},
		},
	}
}
