/**
 * Lines over time on a canvas. Knows numbers only.
 *
 * @module
 */
import { colour } from './dom.ts'

/** One line: values of the past, the newest last, in a colour of the style sheet. */
export interface Line {
  readonly values: readonly number[]
  readonly colour: string
  readonly fill?: boolean
}

/** Draw `lines` over `span` values, scaled to the largest; returns that. `label` is written at the top of the scale. */
export function plot (canvas: HTMLCanvasElement, lines: readonly Line[], span: number, label?: (top: number) => string): number {
  const { clientWidth: width, clientHeight: height } = canvas
  const scale = globalThis.devicePixelRatio
  const context = canvas.getContext('2d')
  if (context === null || width === 0) return 0
  // Setting a size clears the canvas and is not free: only when it has changed.
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale)
    canvas.height = Math.round(height * scale)
  }
  context.setTransform(scale, 0, 0, scale, 0, 0)
  context.clearRect(0, 0, width, height)
  let top = 0
  for (const { values } of lines) for (const value of values) top = Math.max(top, value)
  const ceiling = top === 0 ? 1 : top * 1.1
  const y = (value: number): number => height - 1 - (value / ceiling) * (height - 2)
  if (label !== undefined) {
    context.strokeStyle = colour('line')
    context.lineWidth = 1
    context.beginPath()
    for (const part of [0, 0.5, 1]) {
      const at = Math.round(y(top * part)) + 0.5
      context.moveTo(0, at)
      context.lineTo(width, at)
    }
    context.stroke()
  }
  for (const { values, colour: name, fill = false } of lines) {
    if (values.length === 0) continue
    const step = width / (span - 1)
    const from = width - (values.length - 1) * step
    context.beginPath()
    values.forEach((value, i) => { context.lineTo(from + i * step, y(value)) })
    context.strokeStyle = colour(name)
    context.lineWidth = 1.5
    context.stroke()
    if (!fill) continue
    context.lineTo(width, height)
    context.lineTo(from, height)
    context.globalAlpha = 0.15
    context.fillStyle = colour(name)
    context.fill()
    context.globalAlpha = 1
  }
  if (label !== undefined && top > 0) {
    context.font = '12px system-ui, sans-serif'
    context.fillStyle = colour('soft')
    context.fillText(label(top), 4, y(top) + 14)
  }
  return top
}
