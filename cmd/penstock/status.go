package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/penstock-dev/penstock/agent"
	"github.com/penstock-dev/penstock/environments/v1alpha1"
)

// statusOptions are the flags of the status command.
type statusOptions struct {
	cluster        *genericclioptions.ConfigFlags
	print          *genericclioptions.PrintFlags
	agentNamespace string
	agentName      string
}

func newStatusCommand(streams genericiooptions.IOStreams) *cobra.Command {
	scheme := runtime.NewScheme()
	_ = v1alpha1.AddToScheme(scheme) // it cannot fail
	o := statusOptions{
		cluster: genericclioptions.NewConfigFlags(true),
		print:   genericclioptions.NewPrintFlags("").WithTypeSetter(scheme),
	}
	cmd := &cobra.Command{
		Use:     "status [ENV[/MODEL]]",
		Short:   "Show what is deployed, and how it is",
		GroupID: groupAdmin,
		Long: `Show what the agent deployed, from the status of its ModelDeployments, and the commit that it follows.

With one model its conditions are printed too. It exits with 1 when a model that was asked for by name is not
ready, so that a script can wait for it.`,
		Example: `  # Everything
  penstock status

  # One environment, and one model with its conditions
  penstock status prod
  penstock status prod/llama-3-8b`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(cmd.Context(), streams, scheme, strings.Join(args, ""))
		},
	}
	o.cluster.AddFlags(cmd.Flags())
	o.print.AddFlags(cmd)
	cmd.Flags().StringVar(&o.agentNamespace, "agent-namespace", defaultNamespace, "namespace of the agent")
	cmd.Flags().StringVar(&o.agentName, "agent-name", agent.DefaultName, "name of the agent's lease and state")
	return cmd
}

func (o *statusOptions) run(ctx context.Context, streams genericiooptions.IOStreams, scheme *runtime.Scheme, unit string) error {
	config, err := o.cluster.ToRESTConfig()
	if err != nil {
		return fmt.Errorf("finding the cluster: %w", err)
	}
	list, err := listDeployments(ctx, config, scheme, *o.cluster.Namespace, unit)
	if err != nil {
		return err
	}
	if output := o.print.OutputFormat; output != nil && *output != "" {
		printer, err := o.print.ToPrinter()
		if err != nil {
			return err
		}
		return printer.PrintObj(list, streams.Out)
	}
	if err := o.printAgent(ctx, streams, config); err != nil {
		fmt.Fprintf(streams.ErrOut, "warning: %v\n", err)
	}
	printTable(streams.Out, list.Items)
	if _, _, one := strings.Cut(unit, "/"); one {
		return printConditions(streams.Out, &list.Items[0])
	}
	return nil
}

// listDeployments returns the ModelDeployments of an environment or of one model, of all when unit is "".
func listDeployments(ctx context.Context, config *rest.Config, scheme *runtime.Scheme, namespace, unit string) (*v1alpha1.ModelDeploymentList, error) {
	reader, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	environment, model, one := strings.Cut(unit, "/")
	options := []client.ListOption{client.InNamespace(namespace)}
	if environment != "" {
		options = append(options, client.MatchingLabels{v1alpha1.LabelEnvironment: environment})
	}
	if one {
		options = append(options, client.MatchingFields{"metadata.name": model})
	}
	list := &v1alpha1.ModelDeploymentList{}
	list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("ModelDeploymentList"))
	if err := reader.List(ctx, list, options...); err != nil {
		return nil, fmt.Errorf("listing ModelDeployments: %w", err)
	}
	if len(list.Items) == 0 {
		if unit == "" {
			unit = "the cluster"
		}
		return nil, fmt.Errorf("nothing is deployed for %s; 'penstock status' without a name lists what is there", unit)
	}
	return list, nil
}

// printAgent says which commit the agent follows, and what keeps it from doing so.
func (o *statusOptions) printAgent(ctx context.Context, streams genericiooptions.IOStreams, config *rest.Config) error {
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	state, err := agent.LoadState(ctx, clients, o.agentNamespace, o.agentName)
	if err != nil || state.URL == "" {
		return err
	}
	fmt.Fprintf(streams.Out, "%s %s at %.12s %s\n", state.URL, state.Branch, state.Commit, state.Subject)
	if state.Problem != "" {
		fmt.Fprintf(streams.Out, "problem: %s\n", state.Problem)
	}
	if state.RulesProblem != "" {
		fmt.Fprintf(streams.Out, "problem with the rules: %s\n", state.RulesProblem)
	}
	printRecords(streams.Out, state)
	fmt.Fprintln(streams.Out)
	return nil
}

// printRecords says what keeps the records of an environment from being written.
func printRecords(out io.Writer, state agent.State) {
	for _, environment := range slices.Sorted(maps.Keys(state.Records)) {
		if r := state.Records[environment]; r.Problem != "" {
			fmt.Fprintf(out, "problem with the records, of which %d wait in the cluster: %s\n", r.Pending, r.Problem)
		}
	}
}

func printTable(out io.Writer, items []v1alpha1.ModelDeployment) {
	w := tabwriter.NewWriter(out, 0, 8, 3, ' ', 0)
	defer w.Flush()
	fmt.Fprintln(w, "ENVIRONMENT\tNAME\tRELEASE\tGPUS\tFIT\tREADY\tREASON\tCOMMIT")
	for i := range items {
		item, ready := &items[i], readyCondition(&items[i])
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%.12s\n", item.Status.Environment, item.Name,
			item.Status.Release, item.Status.GPUs, cmp.Or(item.Status.Fit, "-"), ready.Status, ready.Reason, item.Status.Commit)
	}
}

func readyCondition(item *v1alpha1.ModelDeployment) metav1.Condition {
	for _, condition := range item.Status.Conditions {
		if condition.Type == v1alpha1.ConditionReady {
			return condition
		}
	}
	return metav1.Condition{Status: metav1.ConditionUnknown, Reason: "NotReported"}
}

// printConditions shows one model's conditions; a model that is not ready is an error.
func printConditions(out io.Writer, item *v1alpha1.ModelDeployment) error {
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 8, 3, ' ', 0)
	fmt.Fprintln(w, "CONDITION\tSTATUS\tREASON\tSINCE\tMESSAGE")
	for _, c := range item.Status.Conditions {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.Type, c.Status, c.Reason,
			c.LastTransitionTime.UTC().Format("2006-01-02 15:04:05"), strings.ReplaceAll(c.Message, "\n", "; "))
	}
	w.Flush()
	if item.Status.Fit != "" {
		fmt.Fprintf(out, "\nGPU memory: %s\n", item.Status.Fit)
	}
	if again := item.Status.LookedAtAgain; again != nil {
		fmt.Fprintf(out, "Policy looks at it again at %s\n", again.UTC().Format("2006-01-02 15:04:05"))
	}
	if back := item.Status.Rollback; back != nil {
		fmt.Fprintf(out, "Taken back from %s to %s at %s: %s\n", back.Release, back.ToRelease, back.Since.UTC().Format("2006-01-02 15:04:05"), back.Message)
	}
	if r := item.Status.Rollout; r != nil {
		fmt.Fprintf(out, "Rollout: %s\n", r.Message)
	}
	if ready := readyCondition(item); ready.Status != metav1.ConditionTrue {
		return &negativeError{fmt.Sprintf("%s/%s is not ready: %s", item.Status.Environment, item.Name, ready.Reason)}
	}
	return nil
}
