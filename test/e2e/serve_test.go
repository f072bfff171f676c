package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

func TestTheAgentTellsHowItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev, environment := w.environment("dev")
	w.commit("Serve a model", merged(environment, map[string]string{
		"environments/dev/echo/model.yaml": echo("echo"),
		"environments/dev/bad/model.yaml":  "kind: [\n",
	}))
	config := w.config()
	config.Address = freeAddress(t)
	w.start(config)
	w.ready(dev, "echo", metav1.ConditionTrue, v1alpha1.ReasonHealthy)

	for path, lines := range map[string][]string{
		"/healthz": {"ok"},
		"/readyz":  {"ok"},
		"/metrics": {
			`penstock_unit_ready{environment="dev",model="echo"} 1`,
			`penstock_unit_ready{environment="dev",model="bad"} 0`,
			`penstock_polls_total{result="new"} 1`,
			`penstock_renders_total{result="succeeded"} 1`,
			`penstock_leader 1`,
			`penstock_api_requests_total{code="200",method="GET"}`,
		},
	} {
		w.eventually(func() error { return answers("http://"+config.Address+path, lines) })
	}
}

func TestTheAgentIsNotReadyBeforeItHasReadTheRepository(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // with an empty repository
	config := w.config()
	config.Address = freeAddress(t)
	w.start(config)
	w.stateSays("empty")
	response, err := http.Get("http://" + config.Address + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %s", response.Status)
	}
}

func answers(url string, lines []string) error {
	response, err := http.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	for _, line := range lines {
		if !strings.Contains(string(body), line) || response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s without %q:\n%s", url, response.Status, line, body)
		}
	}
	return nil
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
