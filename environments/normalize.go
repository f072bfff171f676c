package environments

import (
	"fmt"
	"math"
	"strconv"
)

// normalize copies an object into the types that JSON and the API server's code know: kustomize hands
// out int where they expect int64.
func normalize(v any) any {
	switch v := v.(type) {
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, item := range v {
			object[key] = normalize(item)
		}
		return object
	case map[any]any:
		object := make(map[string]any, len(v))
		for key, item := range v {
			object[fmt.Sprint(key)] = normalize(item)
		}
		return object
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = normalize(item)
		}
		return list
	case int:
		return int64(v)
	case int32:
		return int64(v)
	case uint64:
		return float64(v)
	case float64:
		if whole := int64(v); float64(whole) == v && math.Abs(v) < 1<<53 {
			return whole // as JSON writes it
		}
		return v
	case nil, string, bool, int64:
		return v
	default:
		return fmt.Sprint(v)
	}
}

// index reads a list index.
func index(step string, length int) (int, bool) {
	i, err := strconv.Atoi(step)
	return i, err == nil && i >= 0 && i < length
}
