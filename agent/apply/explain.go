package apply

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// explain turns what the API server or the network said of a request into an Error. It is nil for nil.
func explain(doing string, o Object, err error) error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	kind := kindOf(err)
	if o.secret() {
		err = withoutValues(err)
	}
	mend := mendOf(kind, o, err)
	return &Error{Doing: doing, Object: o, Kind: kind, Mend: mend, Err: err}
}

// kindOf is the one place that tells what may pass from what will not.
func kindOf(err error) Kind {
	var status apierrors.APIStatus
	switch {
	case meta.IsNoMatchError(err):
		return MissingKind
	case errors.As(err, &status):
		return kindOfStatus(err, status.Status())
	}
	if _, ok := invalid(err); ok {
		return Invalid
	}
	return Unavailable // the network has many ways to fail, and to try again harms nothing
}

func kindOfStatus(err error, status metav1.Status) Kind {
	switch {
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return Unavailable
	case admissionDenied.MatchString(status.Message):
		return Denied
	case schemaMismatch.MatchString(status.Message): // answered with a code of 500
		return Invalid
	case immutable.MatchString(status.Message):
		return Immutable
	case apierrors.IsNotFound(err):
		return kindOfNotFound(err)
	}
	return kindOfCode(int(status.Code))
}

// kindOfNotFound: an object, or its namespace, has just gone, which the next Apply mends; or the API server
// has no such path, because the kind is no longer served.
func kindOfNotFound(err error) Kind {
	if apierrors.HasStatusCause(err, metav1.CauseTypeUnexpectedServerResponse) {
		return MissingKind
	}
	return Unavailable
}

func kindOfCode(code int) Kind {
	switch {
	case code >= 500, code == 0:
		return Unavailable
	case code == http.StatusForbidden:
		return Forbidden
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code == http.StatusConflict,
		code == http.StatusUnauthorized, code == http.StatusGone: // a token may be renewed at any moment
		return Unavailable
	}
	return Invalid
}

var (
	admissionDenied = regexp.MustCompile(`admission webhook .* denied the request|ValidatingAdmissionPolicy .* denied request`)
	schemaMismatch  = regexp.MustCompile(`failed to create typed patch object|field not declared in schema|cannot be handled as a|illegal base64 data`)
	immutable       = regexp.MustCompile(`immutable|may not be changed|may not change|may not be updated|updates to .* for fields other than`)
	missingRight    = regexp.MustCompile(`User "([^"]*)" cannot (\S+) resource "([^"]*)" in API group "([^"]*)"`)
)

func mendOf(kind Kind, o Object, err error) string {
	switch kind {
	case Immutable:
		return fmt.Sprintf("%s cannot be changed on an object that exists, and Penstock never deletes an object to replace it: "+
			"give the new one another name, or delete this one yourself (kubectl delete %s %s -n %s) and it is created anew",
			fieldsOf(err), strings.ToLower(o.Kind), o.Name, o.Namespace)
	case Forbidden:
		return mendForbidden(o, err)
	case MissingKind:
		return mendMissingKind(o)
	case Invalid:
		return mendInvalid(o)
	case Denied:
		return "change the object in Git to what the admission policy wants, or ask who runs it"
	}
	return ""
}

func mendInvalid(o Object) string {
	if o.secret() {
		return "correct it in Git: every value under data is base64, every one under stringData is a string, and the keys are those of its type"
	}
	return "correct the field in Git"
}

func mendForbidden(o Object, err error) string {
	if strings.Contains(err.Error(), "exceeded quota") {
		return "raise the quota of namespace " + o.Namespace + ", or ask for less"
	}
	m := missingRight.FindStringSubmatch(err.Error())
	if m == nil {
		return "give the agent the right to do so"
	}
	user, verb, resource, group := m[1], m[2], m[3], m[4]
	return fmt.Sprintf("grant %s the verb %q on resource %q of API group %q in namespace %q with a Role and a RoleBinding",
		user, verb, resource, group, o.Namespace)
}

func mendMissingKind(o Object) string {
	if o.Group == v1alpha1.GroupVersion.Group {
		return "the cluster does not serve Penstock's own kinds: install the CRD modeldeployments.penstock.dev"
	}
	return fmt.Sprintf("the cluster does not serve %s of API group %q: install what brings it (its CRD), or take the object out of Git", o.Kind, o.Group)
}

// fieldsOf names the fields that the API server refuses.
func fieldsOf(err error) string {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil {
		return "the field"
	}
	var fields []string
	for _, cause := range status.Status().Details.Causes {
		if cause.Field != "" {
			fields = append(fields, cause.Field)
		}
	}
	if len(fields) == 0 {
		return "the field"
	}
	return strings.Join(fields, ", ")
}
