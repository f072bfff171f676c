package apply

import (
	"errors"
	"regexp"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// conflictMessage is how the API server names the other manager, as in: conflict with "kubectl-edit" using apps/v1.
var conflictMessage = regexp.MustCompile(`^conflicts? with "([^"]*)"`)

// conflictsOf reads from the answer to an apply without force which fields other managers hold.
func conflictsOf(o Object, err error) []Conflict {
	var status apierrors.APIStatus
	if !apierrors.IsConflict(err) || !errors.As(err, &status) || status.Status().Details == nil {
		return nil
	}
	var conflicts []Conflict
	for _, cause := range status.Status().Details.Causes {
		if cause.Type != metav1.CauseTypeFieldManagerConflict {
			continue
		}
		manager := "another manager"
		if m := conflictMessage.FindStringSubmatch(cause.Message); m != nil {
			manager = m[1]
		}
		conflicts = append(conflicts, Conflict{Object: o, Field: cause.Field, Manager: manager})
	}
	return conflicts
}
