package apply

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// Kinds are the group-kinds that a ModelDeployment records for its members, sorted.
func Kinds(md *v1alpha1.ModelDeployment) []schema.GroupKind {
	return parseKinds(md.Annotations[v1alpha1.AnnotationApplySetGroupKinds])
}

// parseKinds reads the annotation as KEP-3659 has it: Deployment.apps,Service. Whatever a hand has made of
// it, what can be read is read: an unknown kind is found out when it is listed.
func parseKinds(annotation string) []schema.GroupKind {
	var kinds []schema.GroupKind
	for _, entry := range strings.FieldsFunc(annotation, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		if kind := schema.ParseGroupKind(entry); kind.Kind != "" {
			kinds = append(kinds, kind)
		}
	}
	return sortedKinds(kinds)
}

func formatKinds(kinds []schema.GroupKind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.String()
	}
	return strings.Join(names, ",")
}

// sortedKinds returns the union of the lists, sorted, each kind once.
func sortedKinds(lists ...[]schema.GroupKind) []schema.GroupKind {
	all := slices.Concat(lists...)
	slices.SortFunc(all, func(a, b schema.GroupKind) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Group, b.Group))
	})
	return slices.Compact(all)
}

// inventory is a digest of which objects a unit has, whatever is in them.
func inventory(members []Member) string {
	lines := make([]string, len(members))
	for i, m := range members {
		lines[i] = m.Object.Group + " " + m.Object.String()
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}
