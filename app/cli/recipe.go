package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"retable/app"
)

type formatsCmd struct {
	JSON bool `name:"json" help:"One JSON object per line."`
}

func (f *formatsCmd) Run(c *call) error {
	if f.JSON {
		j := newJSONLines(c.Out)
		for _, x := range c.app.Formats() {
			j.write("format", x)
		}
		return j.err
	}
	var list columns
	for _, x := range c.app.Formats() {
		list.add(x.Name, x.Extension, x.Summary)
	}
	return list.print(c.Out, "")
}

type recipeCmd struct {
	Save  recipeSaveCmd  `cmd:"" help:"Write the decisions for each kind of a bundle as recipe files, to edit and re-use by convert --recipe."`
	Check recipeCheckCmd `cmd:"" help:"Read recipe files and say whether they are sound."`
}

type recipeSaveCmd struct {
	inputFlags
	shapeFlags
	Out       string `short:"o" default:"." placeholder:"DIR" help:"Folder for the recipe files."`
	Overwrite bool   `help:"Replace recipe files that are there already."`
	Quiet     bool   `short:"q" help:"Print nothing but problems."`
}

func (r *recipeSaveCmd) Run(c *call) error {
	src, err := r.source(c)
	if err != nil {
		return err
	}
	loaded, err := app.LoadRecipes(r.Recipe)
	if err != nil {
		return err
	}
	line := newProgress(c.Err, r.Quiet)
	recipes, err := c.app.Recipes(c.ctx, app.ScanRequest{Source: src, Workers: r.Workers, Shape: r.shape(), Recipes: loaded, Progress: line.report()})
	line.clear()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.Out, 0o777); err != nil {
		return fmt.Errorf("make the recipe folder: %w", err)
	}
	for i, name := range app.RecipeFiles(recipes) {
		path := filepath.Join(r.Out, name)
		if err := app.SaveRecipe(path, recipes[i], r.Overwrite); err != nil {
			return err
		}
		if !r.Quiet {
			fmt.Fprintln(c.Out, path)
		}
	}
	return nil
}

type recipeCheckCmd struct {
	Files []string `arg:"" help:"Recipe files or folders."`
}

func (r *recipeCheckCmd) Run(c *call) error {
	recipes, err := app.LoadRecipes(r.Files)
	if err != nil {
		return err
	}
	for _, x := range recipes {
		columns := 0
		for _, t := range x.Tables {
			columns += len(t)
		}
		fmt.Fprintf(c.Out, "%s: %s, %s, %s\n", x.Kind, x.Mode, count(len(x.Tables), "table"), count(columns, "column"))
	}
	return nil
}
