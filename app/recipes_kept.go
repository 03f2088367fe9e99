package app

import (
	"context"
	"encoding/json"

	"retable/internal/retable"
	"retable/internal/xmltable"
)

// KeptRecipe is a saved recipe as it travels.
type KeptRecipe struct {
	ID        string          `json:"id"`
	Purpose   string          `json:"purpose" enum:"convert,compare"`
	Kind      string          `json:"kind"`
	Name      string          `json:"name"`
	Body      json.RawMessage `json:"body"`
	CreatedAt string          `json:"created_at"`
	UpdatedAt string          `json:"updated_at"`
}

// ListRecipesRequest chooses recipes.
type ListRecipesRequest struct {
	Purpose string `json:"purpose,omitempty" enum:"convert,compare"`
	Kind    string `json:"kind,omitempty"`
}

// ListRecipes lists the caller's recipes.
func (s *Service) ListRecipes(ctx context.Context, req ListRecipesRequest) (*List[KeptRecipe], error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	out := &List[KeptRecipe]{Items: []KeptRecipe{}}
	err = s.store.View(ctx, func(tx retable.Tx) error {
		l, err := tx.Recipes().List(ctx, p.UserID, req.Purpose, req.Kind)
		for i := range l {
			out.Items = append(out.Items, recipeDTO(&l[i]))
		}
		out.Total = int64(len(l))
		return err
	})
	return out, err
}

func recipeDTO(r *retable.Recipe) KeptRecipe {
	return KeptRecipe{r.ID, r.Purpose, r.Kind, r.Name, r.Body, r.CreatedAt.String(), r.UpdatedAt.String()}
}

// RecipeRequest makes or changes a recipe.
type RecipeRequest struct {
	RecipeID string          `json:"recipe_id,omitempty"`
	Purpose  string          `json:"purpose,omitempty" enum:"convert,compare"`
	Kind     string          `json:"kind,omitempty"`
	Name     string          `json:"name" minLength:"1" maxLength:"200"`
	Body     json.RawMessage `json:"body"`
}

// CreateRecipe saves a recipe.
func (s *Service) CreateRecipe(ctx context.Context, req RecipeRequest) (*KeptRecipe, error) {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	r := &retable.Recipe{ID: retable.NewID(), OwnerID: p.UserID, Purpose: req.Purpose, Kind: req.Kind, Name: req.Name, Body: req.Body, CreatedAt: now, UpdatedAt: now}
	if err := checkRecipe(r); err != nil {
		return nil, err
	}
	if err := s.store.Update(ctx, func(tx retable.Tx) error { return tx.Recipes().Put(ctx, r) }); err != nil {
		return nil, err
	}
	d := recipeDTO(r)
	return &d, nil
}

// checkRecipe refuses a body that is no recipe of its purpose.
func checkRecipe(r *retable.Recipe) error {
	switch r.Purpose {
	case "convert":
		parsed, err := xmltable.ParseRecipe(r.Body)
		if err != nil {
			return refused(err)
		}
		if r.Kind == "" {
			r.Kind = parsed.Kind
		}
	case "compare":
		if _, err := ParseComparisonRecipes(r.Body); err != nil {
			return refused(err)
		}
	default:
		return &retable.Error{Code: retable.Unprocessable, Detail: "A recipe is for \"convert\" or \"compare\".", Fields: []retable.FieldError{{Field: "purpose", Message: "is neither"}}}
	}
	return nil
}

// UpdateRecipe changes a recipe.
func (s *Service) UpdateRecipe(ctx context.Context, req RecipeRequest) (*KeptRecipe, error) {
	var d KeptRecipe
	err := s.changeRecipe(ctx, req.RecipeID, func(tx retable.Tx, r *retable.Recipe) error {
		r.Name, r.Body, r.UpdatedAt = req.Name, req.Body, s.clock.Now()
		if err := checkRecipe(r); err != nil {
			return err
		}
		d = recipeDTO(r)
		return tx.Recipes().Put(ctx, r)
	})
	if err != nil {
		return nil, err
	}
	return &d, nil
}

// DeleteRecipe removes a recipe.
func (s *Service) DeleteRecipe(ctx context.Context, req RecipeRef) (*Success, error) {
	err := s.changeRecipe(ctx, req.RecipeID, func(tx retable.Tx, r *retable.Recipe) error { return tx.Recipes().Delete(ctx, r.ID) })
	if err != nil {
		return nil, err
	}
	return done(), nil
}

// RecipeRef names a recipe.
type RecipeRef struct {
	RecipeID string `json:"recipe_id"`
}

func (s *Service) changeRecipe(ctx context.Context, id string, change func(retable.Tx, *retable.Recipe) error) error {
	p, err := s.who(ctx, retable.ScopeWrite)
	if err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx retable.Tx) error {
		r, err := tx.Recipes().Get(ctx, id)
		if err != nil {
			return err
		}
		if r.OwnerID != p.UserID && !p.IsAdmin() {
			return retable.Missing("recipe", id)
		}
		return change(tx, r)
	})
}
