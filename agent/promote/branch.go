package promote

// The beginnings of the names of all branches with promotions, and with reverts.
const (
	branchPrefix = "penstock/promote/"
	revertPrefix = "penstock/rollback/"
)

// Branch is the branch that promotes a model to an environment. There is one for each unit.
func Branch(environment, model string) string { return branchPrefix + environment + "/" + model }
