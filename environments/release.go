package environments

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// ReleaseID is the short content address of a release, such as rel-3f2a91c: the same release has the same
// id in every environment, however it was put together from bases and patches. It is for people and
// labels. Whoever decides by a release compares ReleaseDigest, since seven digits can be forged.
func ReleaseID(release v1alpha1.Release) string {
	return "rel-" + ReleaseDigest(release)[:7]
}

// ReleaseDigest is the SHA-256, in hex, of a release as canonical JSON: sorted keys, no empty fields,
// sizes as numbers of bytes.
func ReleaseDigest(release v1alpha1.Release) string {
	sum := sha256.Sum256(canonical(release))
	return hex.EncodeToString(sum[:])
}

func canonical(release v1alpha1.Release) []byte {
	if size := release.Model.Size; size != nil {
		release.Model.Size = resource.NewQuantity(size.Value(), resource.DecimalSI)
		release.Model.Size.Format = resource.BinarySI
	}
	typed, err := json.Marshal(release)
	if err != nil {
		panic(fmt.Sprintf("encode a release: %v", err)) // plain fields cannot fail
	}
	var plain any
	if err := json.Unmarshal(typed, &plain); err != nil {
		panic(fmt.Sprintf("read a release back: %v", err))
	}
	sorted, err := json.Marshal(compact(plain)) // maps are written with sorted keys
	if err != nil {
		panic(fmt.Sprintf("encode a release: %v", err))
	}
	return sorted
}

// compact drops what says nothing: null, "", empty lists and maps. Items of lists stay, since an empty
// argument is an argument.
func compact(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, item := range v {
			if item = compact(item); empty(item) {
				delete(v, key)
			} else {
				v[key] = item
			}
		}
	case []any:
		for i, item := range v {
			v[i] = compact(item)
		}
	}
	return v
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}
