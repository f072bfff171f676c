package apply

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// withoutValues rebuilds what the API server said of a Secret from the parts that cannot hold a value: the
// reason, the code and the names of fields. Its own message may quote what it refuses, as in
// CVE-2021-23135, so nothing of the message is kept. Errors of the network hold no body and stay.
func withoutValues(err error) error {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return err
	}
	s := status.Status()
	clean := metav1.Status{Status: s.Status, Reason: s.Reason, Code: s.Code}
	if s.Details != nil {
		clean.Details = &metav1.StatusDetails{Name: s.Details.Name, Group: s.Details.Group, Kind: s.Details.Kind, RetryAfterSeconds: s.Details.RetryAfterSeconds}
		for _, cause := range s.Details.Causes {
			clean.Details.Causes = append(clean.Details.Causes, cleanCause(cause))
		}
	}
	clean.Message = fmt.Sprintf("the API server answered %d %s%s (what it said is left out, since it may quote the Secret)",
		s.Code, cmp.Or(string(s.Reason), http.StatusText(int(s.Code))), refusedFields(clean.Details))
	return &apierrors.StatusError{ErrStatus: clean}
}

// lawfulField is a field whose keys are such as a Secret may have. A key that may not be one can be anything.
var lawfulField = regexp.MustCompile(`^[-._a-zA-Z0-9]+(\[[-._a-zA-Z0-9]+\])?$`)

// cleanCause keeps the message of a conflict between managers, which names a manager and never a value.
func cleanCause(cause metav1.StatusCause) metav1.StatusCause {
	if !lawfulField.MatchString(cause.Field) {
		cause.Field, _, _ = strings.Cut(cause.Field, "[")
	}
	if cause.Type != metav1.CauseTypeFieldManagerConflict {
		cause.Message = ""
	}
	return cause
}

func refusedFields(details *metav1.StatusDetails) string {
	text := ""
	if details == nil {
		return text
	}
	for _, cause := range details.Causes {
		if cause.Field != "" {
			text += " " + cause.Field
		}
	}
	return text
}
