package promote

// branchPrefix begins the names of all branches with promotions.
const branchPrefix = "penstock/promote/"

// Branch is the branch that promotes a model to an environment. There is one for each unit.
func Branch(environment, model string) string { return branchPrefix + environment + "/" + model }
