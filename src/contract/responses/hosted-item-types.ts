/** Items of tools that providers have. */

/** What a provider has searched for, or read, in the web. */
export interface WebSearchCallItem {
  id: string
  type: 'web_search_call'
  status: 'in_progress' | 'searching' | 'completed' | 'failed'
  action: WebSearchAction
  /** Shown only where it is asked for. */
  results?: object[]
}

export type WebSearchAction =
  | {
      type: 'search'
      queries?: string[]
      query?: string
      /** Shown only where it is asked for. */
      sources?: { type: 'url'; url: string }[]
    }
  | { type: 'open_page'; url: string | null }
  | { type: 'find_in_page'; url: string; pattern: string }

/** A picture that a provider has made. */
export interface ImageGenerationCallItem {
  id: string
  type: 'image_generation_call'
  status: 'in_progress' | 'generating' | 'completed' | 'failed'
  /** How it was made is known when it is there. */
  background?: string
  output_format?: string
  quality?: string
  /** In base64. Null until it is there. */
  result: string | null
  revised_prompt?: string | null
  size?: string
}

export interface SafetyCheck {
  id: string
  code: string | null
  message: string | null
}

/** What a model wants to be done on a computer of the caller. The older tool has one action in each call. */
export interface ComputerCallItem {
  id: string
  type: 'computer_call'
  status: 'in_progress' | 'completed' | 'incomplete'
  call_id: string
  action?: ComputerAction | null
  actions?: ComputerAction[]
  pending_safety_checks: SafetyCheck[]
}

/** In the words of the wire: `click`, `scroll`, `type` and others, each with fields of its own. */
export interface ComputerAction {
  type: string
  [field: string]: unknown
}

/** What the computer shows after the actions of a call. */
export interface ComputerCallOutputItem {
  id: string
  type: 'computer_call_output'
  status: 'in_progress' | 'completed' | 'incomplete'
  acknowledged_safety_checks: SafetyCheck[]
  call_id: string
  output: ComputerScreenshot
}

export interface ComputerScreenshot {
  type: 'computer_screenshot'
  detail?: 'auto' | 'low' | 'high' | 'original'
  file_id?: string
  /** An address, or a `data:` URL. Shown only where it is asked for. */
  image_url?: string
}
