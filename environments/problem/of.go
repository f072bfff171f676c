package problem

import "errors"

// Of returns the problems that an error carries. An error of another kind becomes one problem, so that
// whatever keeps a unit from being deployed is shown in the same way; nil has none.
func Of(err error) List {
	if err == nil {
		return nil
	}
	var list List
	if errors.As(err, &list) {
		return list
	}
	var single Problem
	if errors.As(err, &single) {
		return List{single}
	}
	return List{{Rule: "Failed", Message: err.Error()}}
}
