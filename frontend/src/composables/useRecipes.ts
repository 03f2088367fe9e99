import { computed, type ComputedRef } from 'vue'
import { useClient } from '@/api'
import type { Recipe } from '@/api/types'
import { useAsync, type AsyncHandle } from './useAsync'

export interface RecipesHandle {
  state: AsyncHandle<Recipe[]>['state']
  all: ComputedRef<Recipe[]>
  load(): Promise<void>
  /** Fails with reason `taken` where another has that name. */
  save(name: string, kind: string, body: Recipe['body']): Promise<Recipe>
  rename(recipe: Recipe, name: string): Promise<void>
  remove(recipe: Recipe): Promise<void>
}

/** The saved recipes of one purpose. */
export function useRecipes(purpose: 'convert' | 'compare'): RecipesHandle {
  const client = useClient()
  const list = useAsync(async (signal) => (await client.call('listRecipes', { purpose }, { signal })).items)
  return {
    state: list.state,
    all: computed(() => (list.state.value.kind === 'ready' ? list.state.value.value : [])),
    load: () => list.load(),
    async save(name, kind, body) {
      const saved = await client.call('createRecipe', { purpose, kind, name, body })
      await list.load()
      return saved
    },
    async rename(recipe, name) {
      await client.call('updateRecipe', { recipe_id: recipe.id, name, body: recipe.body })
      await list.load()
    },
    async remove(recipe) {
      await client.call('deleteRecipe', { recipe_id: recipe.id })
      await list.load()
    },
  }
}
